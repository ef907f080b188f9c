import type { AudienceUse } from '../api/schema.gen';
import { plural } from './numbers';

/** usedBy counts what uses an audience, in words; empty where nothing does. */
export function usedBy(use: Pick<AudienceUse, 'campaigns' | 'more'>): string {
  if (use.campaigns.length === 0) return '';
  const items = use.campaigns.flatMap((c) => c.line_items);
  const shown = items.filter((l) => l.servable).length;
  const many = use.more ? 'More than ' : '';
  const now = shown === 0 ? 'none can be shown now' : `${shown} can be shown now`;
  return `${many}${plural(use.campaigns.length, 'campaign')} with ${plural(items.length, 'line item')}, of which ${now}`;
}

/** ownership says whose an audience is, and who shares it. */
export function ownership(use: Pick<AudienceUse, 'owner' | 'mine' | 'read_only' | 'shared_with'>): string {
  if (!use.owner) return 'X does not tell whose it is.';
  if (!use.mine)
    return `It is shared from the account ${use.owner}, ${use.read_only ? 'to be read only: Eddy cannot change it' : 'to be read and changed'}. X tells its owner alone who else shares it.`;
  if (!use.shared_with)
    return 'It belongs to this account. X does not tell this account whom it is shared with.';
  if (use.shared_with.length === 0) return 'It belongs to this account, and is shared with no other.';
  const with_ = use.shared_with.map(
    (s) => `${s.account} (${s.read_only ? 'reads it' : 'reads and changes it'})`,
  );
  return `It belongs to this account, and is shared with ${with_.join(', ')}.`;
}
