import { afterAll, beforeAll, describe, it } from 'vitest';
import { backendContract } from '../../../../test/contract/backend-contract.ts';
import { AWS_CHECKS } from '../../../../test/peers/aws-checks.ts';
import { AWS_SKIPS, fakeSubject } from '../../../../test/peers/aws-subject.ts';

backendContract('aws', fakeSubject, { skip: AWS_SKIPS });

describe('the aws backend', () => {
  let subject: Awaited<ReturnType<typeof fakeSubject>>;
  beforeAll(async () => {
    subject = await fakeSubject();
  });
  afterAll(() => subject.close());

  for (const [index, [title, check]] of Object.entries(AWS_CHECKS).entries()) {
    it(title, () => check(subject, (name) => `t${index}.${name}`, subject.fake.url));
  }
});
