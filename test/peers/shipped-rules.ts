/** Owns: the alert rules as they are shipped. Used by: whoever judges them. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { AlertRule, RuleGroups } from './promtool.ts';

export const RULE_FILE = 'deploy/components/monitoring/prometheus-rule.yaml';

export function shippedRules(): RuleGroups {
  return (parse(readFileSync(RULE_FILE, 'utf8')) as { spec: RuleGroups }).spec;
}

export function shippedAlerts(): readonly AlertRule[] {
  return shippedRules().groups.flatMap(({ rules }) => rules);
}
