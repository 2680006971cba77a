import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { askUnseen, type Keyboard } from './secret-prompt.ts';

class TestKeyboard extends EventEmitter implements Keyboard {
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
  resume(): void {
    this.modes.push(true);
  }
  pause(): void {
    this.modes.push(false);
  }
}

async function typing(...chunks: string[]): Promise<{ text: string; screen: string; modes: boolean[] }> {
  const keyboard = new TestKeyboard();
  let screen = '';
  const asked = askUnseen(keyboard, { write: (text: string) => (screen += text) }, 'Paste your secret:');
  for (const chunk of chunks) keyboard.emit('data', Buffer.from(chunk));
  return { text: (await asked).toString(), screen, modes: keyboard.modes };
}

describe('GX42, G31 a prompt', () => {
  it('takes one line and shows none of it', async () => {
    const { text, screen, modes } = await typing('hun', 'ter2\r');
    expect([text, screen]).toEqual(['hunter2', 'Paste your secret: \n']);
    expect(modes).toEqual([true, true, false, false]);
  });

  it.each([
    [['abc\x7f\x7fd\r'], 'ad'],
    [['한\x7fx\n'], 'x'],
    [['abc\x15x\r'], 'x'],
    [['abc\x04'], 'abc'],
    [['x'.repeat(10_000), '\r'], 'x'.repeat(10_000)],
    [['\r'], ''],
  ])('knows the keys of a line', async (chunks, text) => {
    expect((await typing(...chunks)).text).toBe(text);
  });

  it('refuses several lines, of which it would take the first alone', async () => {
    await expect(typing('-----BEGIN\nKEY-----\n')).rejects.toThrow('has several lines');
  });

  it.each(['abc\x03', '\x04'])('may be left', async (keys) => {
    await expect(typing(keys)).rejects.toMatchObject({ code: 130 });
  });
});
