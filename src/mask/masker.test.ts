import { describe, expect, it } from 'vitest';
import { ADDITIONS } from './extra-forms.ts';
import { Masker, type MaskOptions } from './masker.ts';

const masked = (text: string, ...values: string[]) => {
  const masker = new Masker();
  for (const value of values) masker.addValue(value);
  return masker.mask(text);
};

describe('M1, M2: what is registered', () => {
  it('ignores an empty value', () => expect(masked('hello', '')).toBe('hello'));

  it('does nothing for a value that is known', () => {
    expect(masked('one two', 'one', 'one')).toBe('*** two');
  });

  it('has no minimum length: one character masks all of its kind', () => {
    expect(masked('banana', 'a')).toBe('b***n***n***');
  });

  it('takes cases and characters as they are', () => {
    expect(masked('Token TOKEN token', 'token')).toBe('Token TOKEN ***');
  });

  it('counts values that came after a text was masked', () => {
    const masker = new Masker();
    masker.addValue('first-value');
    expect(masker.mask('first-value later-value')).toBe('*** later-value');
    masker.addValue('later-value');
    expect(masker.mask('first-value later-value')).toBe('*** ***');
  });

  it('counts thousands of values that come one after the other', () => {
    const masker = new Masker();
    for (let index = 0; index < 1_000; index++) {
      masker.addValue(`value-${index}-of-many`);
      expect(masker.mask(`x value-${index}-of-many y`)).toBe('x *** y');
    }
    expect(masker.mask('value-0-of-many value-990-of-many value-1000-of-many')).toBe(
      '*** *** value-1000-of-many',
    );
  });

  it('counts each of values that come in any number at once', () => {
    const masker = new Masker();
    const batches = [1, 300, 1, 900, 20, 1, 1_500, 40, 300, 1];
    const values = batches.flatMap((size, batch) =>
      Array.from({ length: size }, (_, index) => `value-${batch}-${index}-of-many`),
    );
    let done = 0;
    for (const size of batches) {
      for (const value of values.slice(done, done + size)) masker.addValue(value);
      done += size;
      const text = values.slice(0, done).join(' ');
      expect(masker.mask(`${text} value-of-none`)).toBe(`${'*** '.repeat(done)}value-of-none`);
    }
  });

  it('takes bytes that are no text, and their Base64', () => {
    const bytes = Uint8Array.from([0xff, 0xfe, 0x00, 0x80, 0x41, 0x42, 0x43, 0x44]);
    const masker = new Masker();
    masker.addValue(bytes);
    expect(masker.mask(`x ${Buffer.from(bytes).toString('base64')} y`)).toBe('x *** y');
    const [piece = new Uint8Array()] = masker.stream().write(Buffer.concat([bytes, Buffer.from(' after')]));
    expect(Buffer.from(piece).toString()).toBe('***');
  });
});

describe('M3: forms are made of the value alone', () => {
  it('finds Base64 of the value, and of whatever ends with it', () => {
    expect(masked('aHVudGVyMiEh eHl6aHVudGVyMiEh', 'hunter2!!')).toBe('*** eHl6***');
    expect(masked('Basic dXNlcjpzM2NyM3QtcHc=', 's3cr3t-pw')).toBe('Basic dXNlcjpz***');
  });

  it('does not find a form of a form', () => {
    expect(masked('YSUyRmIlMjBj a%252Fb', 'a/b c')).toBe('YSUyRmIlMjBj a%252Fb');
  });

  it('M30: does not find Base64 with more behind it, as the runner does not', () => {
    expect(masked('aHVudGVyMgo=', 'hunter2')).toBe('aHVudGVyMgo=');
  });
});

describe('M5 to M7: the text', () => {
  it('is empty where it was empty', () => expect(masked('', 'abc')).toBe(''));

  it('is left alone without a hit', () => expect(masked('a *** b', 'zzz')).toBe('a *** b'));

  it.each([
    ['every occurrence', 'tok tok-tok', ['tok'], '*** ***-***'],
    ['hits that overlap are one', 'xabcdex', ['abcd', 'cde'], 'x***x'],
    ['hits that touch are one', 'xfoobarx', ['foo', 'bar'], 'x***x'],
    ['a secret within another', 'mypassword pass', ['pass', 'mypassword'], '*** ***'],
    ['a secret that overlaps itself', 'ababa aba', ['aba'], '*** ***'],
    ['the longest of those that begin there', 'abcdefghij', ['abc', 'abcdefghi', 'abcdef'], '***j'],
    ['one that ends where the other begins to fail', 'abcdefghX', ['abcdefghij', 'cdefgh'], 'ab***X'],
    ['special characters of replacements', 'x$&y $1', ['x$&y'], '*** $1'],
    ['a NUL', 'z a\0b z', ['a\0b'], 'z *** z'],
    ['a line end within it', 'a one\ntwo b', ['one\ntwo'], 'a *** b'],
  ])('%s', (_, text, values, expected) => expect(masked(text, ...values)).toBe(expected));

  it('M6: does not tell the length of a secret', () => {
    expect(masked('0123456789abcdef', '0123456789abcdef')).toBe(masked('01', '01'));
  });
});

describe('M8: characters', () => {
  it.each([
    ['above the first plane', 'x k🔑y x', 'k🔑y', 'x *** x'],
    ['of one normal form are not found in another', 'cafe\u0301', 'caf\u00e9', 'cafe\u0301'],
    ['of many bytes', '비밀번호 여덟 끝', '비밀번호', '*** 여덟 끝'],
  ])('%s', (_, text, value, expected) => expect(masked(text, value)).toBe(expected));
});

describe('M4, M22: regular expressions', () => {
  const matched = (text: string, ...sources: string[]) => {
    const masker = new Masker();
    for (const source of sources) masker.addRegex(source);
    return masker.mask(text);
  };

  it('mask what they match', () => {
    expect(matched('# Password=ThisIsMySecretPassword!', 'Password=.*')).toBe('# ***');
  });

  it('match anew after the first character of a match', () => {
    expect(matched('x1213y', '1.1')).toBe('x***3y');
    expect(matched('x12121y', '1.1')).toBe('x***y');
  });

  it('are one with values that they overlap', () => {
    const masker = new Masker();
    masker.addRegex('id=[0-9]+');
    masker.addValue('42secret');
    expect(masker.mask('né id=42secret!')).toBe('né ***!');
  });

  it('are secrets themselves', () =>
    expect(matched('the hint is id=[0-9]+', 'id=[0-9]+')).toBe('the hint is ***'));

  it('are ignored when empty, and mask nothing where they match nothing', () => {
    expect(matched('abc', '', 'x*')).toBe('abc');
  });

  it('that are none are refused without being repeated', () => {
    const wrong = () => new Masker().addRegex('hunter2(');
    expect(wrong).toThrow('no regular expression');
    expect(wrong).not.toThrow('hunter2');
  });

  it('are refused in a stream', () => {
    const masker = new Masker();
    masker.addRegex('a+');
    expect(() => masker.stream()).toThrow('whole texts');
  });
});

describe('M21: variables of a job', () => {
  const variable = (text: string, value: string, name = 'S') => {
    const masker = new Masker();
    masker.addVariable(name, value);
    return masker.mask(text);
  };

  it.each([
    ['each line', 'got line-two', 'line-one\nline-two', 'got ***'],
    ['lines that end with CR LF', 'line-one\nline-two', 'line-one\r\nline-two', '***\n***'],
    ['an indented line without its indent', 'deepsecret', 'key: |\n    deepsecret', '***'],
    ['no empty line', 'x\n\ny', 'aaa\n\n\nbbb', 'x\n\ny'],
    ['a value without the space around it', 'a padded b', '  padded\n', 'a *** b'],
    ['lone brackets of a JSON document', 'if (x) { y }', '{\n  "password": "foobar"\n}', 'if (x) *** y ***'],
  ])('%s', (_, text, value, expected) => expect(variable(text, value)).toBe(expected));

  it('that turn debugging on are no secrets', () => {
    expect(variable('debug is true', 'true', 'actions_step_debug')).toBe('debug is true');
  });
});

describe('M24: values that a program registers', () => {
  it('count from then on, line by line', () => {
    const masker = new Masker();
    expect(masker.addMask(' one\ntwo ')).toBe(true);
    expect(masker.mask('one, two')).toBe('***, ***');
  });

  it('that are blank are none', () => expect(new Masker().addMask(' \n ')).toBe(false));
});

describe('M31: fields of a structured value', () => {
  it('are secrets of their own, with their forms', () => {
    const masker = new Masker({ additions: ['jsonLeaves'] });
    masker.addValue('{"user": "olga", "password": "tulip/99 a"}');
    const base64 = Buffer.from('tulip/99 a').toString('base64');
    expect(masker.mask(`tulip/99 a ${base64} tulip%2F99%20a`)).toBe('*** *** ***');
  });

  it('are the passwords of addresses, too', () => {
    const masker = new Masker({ additions: ['urlPassword'] });
    masker.addValue('postgres://web:s3cret%2Fpw@db/web');
    const base64 = Buffer.from('s3cret/pw').toString('base64');
    expect(masker.mask(`user web, password s3cret/pw or s3cret%2Fpw, ${base64}`)).toBe(
      'user web, password *** or ***, ***',
    );
  });

  it('are no passwords that every log has', () => {
    const masker = new Masker({ additions: ['urlPassword'] });
    masker.addValue('postgres://postgres:postgres@db/web');
    expect(masker.mask('the postgres of db')).toBe('the postgres of db');
  });

  it('are none by the rules of the runner', () => {
    expect(masked('tulip/99 a', '{"password": "tulip/99 a"}')).toBe('tulip/99 a');
  });
});

describe('M21: a variable with white space around its value, and the additions', () => {
  const registered = (value: string, options: MaskOptions = { additions: ADDITIONS }) => {
    const masker = new Masker(options);
    masker.addVariable('A', value);
    return masker;
  };

  it('is found trimmed, and no white space of the text goes with it', () => {
    expect(registered('  tulip-99\n').mask('a   tulip-99\nb')).toBe('a   ***\nb');
  });

  it('is found in the forms of what a program is given', () => {
    const form = Buffer.from('  tulip-99\n\n').toString('base64');
    expect(registered('  tulip-99\n\n').mask(`a ${form}\n`)).toBe('a ***\n');
    expect(registered('  tulip-99\n\n', {}).mask(form)).toBe(form);
  });

  it('is found without the byte order mark that readers of text take away', () => {
    expect(registered('\ufefftulip-99\n').mask('a tulip-99, \ufefftulip-99.')).toBe('a ***, ***.');
    expect(registered('\ufefftulip-99', {}).mask('a tulip-99')).toBe('a tulip-99');
  });

  it('masks nothing where its name is exempt, or it is blank', () => {
    expect(registered(' \n').mask('a \n\nb')).toBe('a \n\nb');
    const masker = new Masker({ additions: ADDITIONS });
    masker.addVariable('ACTIONS_STEP_DEBUG', ' true\n');
    expect(masker.mask('true dHJ1ZQ== IHRydWUK')).toBe('true dHJ1ZQ== IHRydWUK');
  });
});
