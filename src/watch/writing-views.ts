/** Owns: what is kept in memory of sealed values, of published keys and of the key that they come from. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { KubeObject, Secret } from '../kube/kube-objects.ts';
import { digestOf } from '../model/box-digest.ts';
import type { SealedSpec } from '../model/kinds/sealed-value.ts';
import { parseSealed } from '../model/validate.ts';
import { type View, viewOf } from './views.ts';

/** A sealed value without its box, which may have 90 kB: it is read again when it is opened. */
export interface SealedView extends View<Omit<SealedSpec, 'sealed'>> {
  /** Of the box; undefined where there is none. */
  readonly digest: string | undefined;
}

export function sealedView(raw: KubeObject): SealedView {
  const view = viewOf('SealedValue', raw, parseSealed);
  if (view.spec.kind !== 'ok') return { ...view, spec: view.spec, digest: undefined };
  const { sealed, ...value } = view.spec.value;
  const digest = sealed === undefined ? undefined : digestOf(Buffer.from(sealed, 'base64'));
  return { ...view, spec: { kind: 'ok', value }, digest };
}

export interface KeyMapView {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Proves from which sealing key they were derived. */
  readonly origin: string | undefined;
  readonly data: Readonly<Record<string, string>>;
}

/** Proves which sealing key and epoch the public keys of a ConfigMap come from. */
export const ORIGIN_ANNOTATION = 'secretscope.dev/sealing-origin';

export function keyMapView(raw: KubeObject & { readonly data?: unknown }): KeyMapView {
  const { uid, resourceVersion, annotations } = raw.metadata;
  return { uid, resourceVersion, origin: annotations?.[ORIGIN_ANNOTATION], data: textsOf(raw.data) };
}

function textsOf(data: unknown): Record<string, string> {
  if (typeof data !== 'object' || data === null) return {};
  const texts = Object.entries(data).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

/** The Secret with the installation's keys, and the field that public keys come from. */
export const KEYS_SECRET = 'secretscope-keys';
export const SEALING_FIELD = 'sealing';
/** A higher whole number makes new key pairs; boxes for the ones before can still be opened. */
export const EPOCH_ANNOTATION = 'secretscope.dev/sealing-epoch';
const MAX_EPOCH = 1_000_000;
const MIN_KEY_BYTES = 32;

export interface SealingKeyView {
  readonly uid: string;
  readonly resourceVersion: string;
  /** In a form that cannot be printed; undefined where there is none, or it is too short. */
  readonly master: KeyObject | undefined;
  readonly epoch: number;
}

export function sealingKeyView(raw: KubeObject & Pick<Secret, 'data'>): SealingKeyView {
  const { uid, resourceVersion, annotations } = raw.metadata;
  const bytes = Buffer.from(raw.data?.[SEALING_FIELD] ?? '', 'base64');
  const master = bytes.length < MIN_KEY_BYTES ? undefined : createSecretKey(bytes);
  bytes.fill(0);
  return { uid, resourceVersion, master, epoch: epochOf(annotations?.[EPOCH_ANNOTATION]) };
}

function epochOf(text: string | undefined): number {
  const epoch = /^[1-9]\d{0,6}$/.test(text ?? '') ? Number(text) : 1;
  return Math.min(epoch, MAX_EPOCH);
}
