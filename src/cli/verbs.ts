import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** Adds a verb, with its flags, to the program. */
export type AddVerb = (program: Command, version: string, terminal: Terminal) => void;

export interface Verb {
  readonly name: string;
  /** what `--help` says of it; the verb says the same of itself */
  readonly summary: string;
  /** Loads its code. Nothing of it is needed to list the verbs. */
  readonly load: () => Promise<AddVerb>;
}

/** Every verb, in the order in which people need them. This file loads none of them. */
export const VERBS: readonly Verb[] = [
  {
    name: 'init',
    summary: 'write the manifests that a namespace needs for its first secret',
    load: async () => {
      const { addInit } = await import('./init-verb.ts');
      return (program, _version, terminal) => addInit(program, terminal);
    },
  },
  {
    name: 'enroll',
    summary: 'let the operator work in a namespace; its admin may do this',
    load: async () => (await import('./enroll-verb.ts')).addEnroll,
  },
  {
    name: 'secret',
    summary: 'set, list and delete secrets of an organization, a repository or an environment',
    load: async () => (await import('./secret-verb.ts')).addSecret,
  },
  {
    name: 'explain',
    summary: 'show which level supplies each name of a scope, what it hides, and why others do not',
    load: async () => (await import('./explain-verb.ts')).addExplain,
  },
  {
    name: 'review',
    summary: 'look at requests that wait for reviewers, and vote on them',
    load: async () => (await import('./review-verb.ts')).addReview,
  },
  {
    name: 'claim',
    summary: 'ask for some names of a scope in one Secret, and wait until it is there',
    load: async () => (await import('./claim-verb.ts')).addClaim,
  },
  {
    name: 'exec',
    summary: 'run a command with secrets as variables, and mask them in what it prints',
    load: async () => (await import('./exec-verb.ts')).addExec,
  },
  {
    name: 'mask',
    summary: 'copy stdin to stdout with secrets masked',
    load: async () => {
      const { addMask } = await import('./mask-verb.ts');
      return (program, _version, terminal) => addMask(program, terminal);
    },
  },
  {
    name: 'automation',
    summary: 'list, test, replay and delete the webhooks that tell other systems of a scope',
    load: async () => (await import('./automation-verb.ts')).addAutomation,
  },
  {
    name: 'render',
    summary: 'show the Secrets that manifests would make, values masked, and what is wrong; asks no cluster',
    load: async () => (await import('./render-verb.ts')).addRender,
  },
  {
    name: 'diff',
    summary: 'show what applying manifests would change in which Secret; ends with 1 if anything does',
    load: async () => (await import('./diff-verb.ts')).addDiff,
  },
  {
    name: 'doctor',
    summary: 'look for what keeps secrets from being delivered, and say what mends it',
    load: async () => (await import('./doctor-verb.ts')).addDoctor,
  },
  {
    name: 'status',
    summary: 'sum up what there is, how it is, and what needs a person',
    load: async () => (await import('./status-verb.ts')).addStatus,
  },
  {
    name: 'completion',
    summary: 'print the completion of a shell: bash, zsh or fish',
    load: async () => (await import('./completion-verb.ts')).addCompletion,
  },
  {
    name: 'run',
    summary: 'run the operator against the cluster of $KUBECONFIG, or the one it lives in',
    load: async () => {
      const { addRun } = await import('./run-verb.ts');
      return (program, version) => addRun(program, version);
    },
  },
];
