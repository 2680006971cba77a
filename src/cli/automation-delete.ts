/** Owns: `secretscope automation delete`, which asks first (spec row WX9). Used by: automation-verb.ts. */
import { queueIn } from '../automate/delivery-queue.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { AUTOMATIONS } from '../watch/resources.ts';
import { placeText, readAutomation, refusedAs, statusOf } from './automation-object.ts';
import type { AutomationTools } from './automation-tools.ts';
import type { Place } from './review-cluster.ts';
import { ownedByGit } from './secret-scope-patch.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

export async function deleteAutomation(
  kube: KubeClient,
  place: Place,
  yes: boolean,
  tools: AutomationTools,
): Promise<void> {
  if (!yes && !tools.input.canAsk) throw new UsageError('--yes is required where nobody can be asked');
  const found = await readAutomation(kube, place);
  const git = ownedByGit(found);
  if (git !== undefined)
    tools.terminal.note(
      `warning: ${git} manages automation ${placeText(place)}, and makes it again until it is deleted there`,
    );
  if (!yes) await confirm(place, found, tools);
  await deleted(kube, place, found);
  tools.terminal.out(`✓ Deleted automation ${placeText(place)}`);
}

async function confirm(place: Place, found: KubeObject, { askLine }: AutomationTools): Promise<void> {
  const { waiting, undelivered } = queueIn(statusOf(found));
  const lost = waiting.length + undelivered.length;
  const losing =
    lost === 0 ? '' : ` ${waiting.length} that wait and ${undelivered.length} that were given up are lost.`;
  const answer = await askLine(
    `Automation ${placeText(place)} sends nothing any more.${losing}\nType ${place.name} or y to confirm:`,
  );
  if (answer === place.name || /^y(es)?$/i.test(answer)) return;
  throw new ExitError(EXIT.failed, `not confirmed; automation ${placeText(place)} stays as it is`);
}

/** The one that was looked at, and no other that has its name by now. */
async function deleted(kube: KubeClient, place: Place, { metadata: { uid } }: KubeObject): Promise<void> {
  try {
    await kube.delete(AUTOMATIONS, place, { uid });
  } catch (error) {
    if (!isKubeError(error, 'conflict')) throw await refusedAs(kube, error, place, 'delete');
    throw new ExitError(
      EXIT.failed,
      `automation ${placeText(place)} was deleted and made again meanwhile; look at it, and run this again`,
    );
  }
}
