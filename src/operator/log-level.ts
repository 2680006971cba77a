/**
 * The log level, as a ConfigMap of the operator's own namespace says it, for as long as that is there. The operator may
 * read those anyway; who may write there administers it. Owned by app.ts.
 */

import { LOG_LEVELS, type LogLevel } from '../config.ts';
import { type KubeObject, objectKey } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import type { AdjustableLogger } from '../report/logger.ts';
import { type AnyReflector, reflect, type WatchOptions } from '../watch/reflect.ts';
import { CONFIG_MAPS } from '../watch/resources.ts';

export const SETTINGS = 'secretscope-settings';
const FIELD = 'logLevel';

export interface LogLevelOptions extends WatchOptions {
  readonly operatorNamespace: string;
  /** of the flag --log-level: without the ConfigMap, and where it says no level */
  readonly usual: LogLevel;
  readonly log: AdjustableLogger;
}

/** A watch that is not started yet. */
export function followLogLevel(options: LogLevelOptions): AnyReflector {
  const { operatorNamespace: namespace, usual, log } = options;
  const place = `ConfigMap ${namespace}/${SETTINGS}`;
  return reflect<string>(options, {
    type: CONFIG_MAPS,
    store: new Store<string>(),
    transform: wantedLevel,
    select: { namespace, fieldSelector: `metadata.name=${SETTINGS}` },
    onChange: (_before, after, { key }) => {
      if (key !== objectKey({ namespace, name: SETTINGS })) return;
      if (after && !isLevel(after))
        log.warn(
          { allowed: LOG_LEVELS },
          `${FIELD} in ${place} is no level; ${usual} is used, as --log-level says`,
        );
      change(log, after && isLevel(after) ? after : usual, place);
    },
  });
}

function wantedLevel(raw: KubeObject): string {
  const { data } = raw as { data?: Readonly<Record<string, unknown>> };
  const level = data?.[FIELD];
  return typeof level === 'string' ? level.trim() : '';
}

function isLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some((level) => level === text);
}

/** Told whatever the level is: who reads later has to know why lines begin or end. */
function change(log: AdjustableLogger, to: LogLevel, place: string): void {
  const from = log.level;
  if (from === to) return;
  log.level = 'info';
  log.info({ from, to }, `the log level changes, as ${place} says; the audit log has who wrote it`);
  log.level = to;
}
