/**
 * A value as common libraries write it into JSON, where that differs from what the runner's does: it escapes three separators
 * that JavaScript and others leave. Pure; called by extra-forms.ts.
 */

const unicode = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Without quotes: JavaScript's JSON.stringify, Go's encoding/json, and Python's json.dumps, which leaves no letter but ASCII's. */
export function jsonTexts(value: string): readonly string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  return [
    plain,
    // https://pkg.go.dev/encoding/json#Marshal
    plain.replace(/[<>&\u2028\u2029]/g, unicode),
    // https://docs.python.org/3/library/json.html#json.dumps
    plain.replace(/[\u0080-\uffff]/g, unicode),
  ];
}
