/** How the fake says no, in AWS' words: a name, a status and a text that no caller may ever show. */

export class FakeAwsError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(name: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    // looked for in answers: no text of AWS may come out
    super(`${FAKE_TEXT} about ${name}`);
    this.name = name;
    this.status = status;
    this.headers = headers;
  }
}

export const FAKE_TEXT = 'text-of-the-provider';

export const notFound = () => new FakeAwsError('ResourceNotFoundException');
export const markedForDeletion = () => new FakeAwsError('InvalidRequestException');
export const malformed = () => new FakeAwsError('ValidationException');
