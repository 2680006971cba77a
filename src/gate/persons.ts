/** Who is whom: authors, voters, and how many people they are. */
import { type Authors, MAX_AUTHORS } from '../model/approval.ts';

interface Voter {
  readonly username: string;
  readonly uid: string;
}

/** Whether it is known who asked: all of them, and all of them people. Behind a service account is anybody. */
export function authorsAreKnown({ names, complete }: Authors): boolean {
  return complete && names.length > 0 && names.length < MAX_AUTHORS && !names.some(isMachine);
}

/** The API server's own name space of users: service accounts, nodes, anonymous, its components. */
export function isMachine(username: string): boolean {
  return username.startsWith('system:');
}

/** Everybody of both; known to the full only if both are. */
export function allAuthors(a: Authors, b: Authors): Authors {
  return { names: [...new Set([...a.names, ...b.names])], complete: a.complete && b.complete };
}

/**
 * How many different people these voters are (FAULTS 34). Two votes are one person's when they have the same name
 * or the same UID: a person who was renamed votes once.
 */
export function distinctPersons(voters: readonly Voter[]): number {
  let persons: ReadonlySet<string>[] = [];
  for (const { username, uid } of voters) {
    const marks = [`name ${username}`, ...(uid === '' ? [] : [`uid ${uid}`])];
    const same = persons.filter((person) => marks.some((mark) => person.has(mark)));
    const person = new Set([...marks, ...same.flatMap((other) => [...other])]);
    persons = [...persons.filter((other) => !same.includes(other)), person];
  }
  return persons.length;
}
