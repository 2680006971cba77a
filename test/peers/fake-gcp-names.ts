/** Names as the fake is asked for them, and as it answers. Part of fake-gcp.ts. */
import { PROJECT } from './gcp-open.ts';

/** Answers name a project by its number, whatever it was asked by. */
export const NUMBER = '123456789012';

export function numbered(name: string): string {
  return name.replace(`projects/${PROJECT}`, `projects/${NUMBER}`);
}

export function partsOf(asked: string): { readonly name: string; readonly version: string } {
  const [, name = '', version = ''] = /^(.*)\/versions\/([^/]+)$/.exec(asked) ?? [];
  return { name, version };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
