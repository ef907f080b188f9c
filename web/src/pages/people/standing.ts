import type { Sighting } from '../../api/schema.gen';

export interface Look {
  label: string;
  color: string;
}

const looks: Record<string, Look> = {
  in: { label: 'In', color: 'green' },
  leaving: { label: 'Leaving', color: 'orange' },
  perhaps: { label: 'Perhaps in', color: 'blue' },
  out: { label: 'Not in', color: 'gray' },
};

/** standing is how a person stands to a connection's audience; without an answer nobody knows. */
export function standing(s: Sighting): Look {
  return looks[s.answer?.standing ?? ''] ?? (s.trouble?.code === 'usage' ? unasked : unknown);
}

/** unasked is where nobody can be found by what was asked, unknown where something went wrong. */
const unasked = { label: 'Not asked', color: 'gray' };
const unknown = { label: 'Not known', color: 'red' };

/** summary counts how many connections say what, in the order of the words above. */
export function summary(sightings: Sighting[]): string {
  const counts = new Map<string, number>();
  for (const s of sightings) counts.set(standing(s).label, (counts.get(standing(s).label) ?? 0) + 1);
  return [...Object.values(looks), unasked, unknown]
    .map((look) => look.label)
    .filter((label) => counts.has(label))
    .map((label) => `${label}: ${counts.get(label)}`)
    .join(', ');
}
