/** The one time that all files of a build have, in seconds since 1970: SOURCE_DATE_EPOCH as other tools take it, else 0. */
export function sourceDateEpoch(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment['SOURCE_DATE_EPOCH'] ?? '0';
  if (!/^[0-9]{1,10}$/.test(text))
    throw new Error(`SOURCE_DATE_EPOCH takes whole seconds since 1970, such as 1795000000; got "${text}"`);
  return Number(text);
}
