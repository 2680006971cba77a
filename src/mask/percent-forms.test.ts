import { expect, it } from 'vitest';
import { percentForms } from './percent-forms.ts';

it.each([
  ['M32: quote_plus of Python, which leaves the tilde', 'a b~/c', 'a+b~%2Fc'],
  ['M32: quote_plus of Python in lower case', 'a b~/c', 'a+b~%2fc'],
  ['M32: control characters with two digits', 'a\nb', 'a%0ab'],
  ['four characters', 'a bc', 'a+bc'],
])('knows %s', (_style, value, form) => {
  expect(percentForms(value)).toContain(form);
});
