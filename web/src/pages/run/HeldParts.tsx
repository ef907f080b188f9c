import { Alert, List, ScrollArea, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { connectionQuery } from '../../api/queries';
import type { PartRun, Run } from '../../api/schema.gen';
import { plural } from '../../components/numbers';
import { sentence } from '../../components/ProblemAlert';
import { UseWarning } from '../../components/UseWarning';
import { visible } from '../../components/visible';
import { removalText } from './advice';
import { emptied, waitingParts } from './held';

/** HeldParts lists what would become of each of several audiences that wait: an approval is for all. */
export function HeldParts({ run }: { run: Run }) {
  const waiting = waitingParts(run);
  if (waiting.length === 0) return null;
  const empty = emptied(run);
  return (
    <>
      {empty.length > 0 && (
        <Alert
          color="orange"
          w="100%"
          title={`${plural(empty.length, 'audience')} would have nobody any more`}
        />
      )}
      <ScrollArea.Autosize mah={240} w="100%" type="auto" tabIndex={0}>
        <List size="sm" aria-label="Audiences that wait">
          {waiting.map((p) => (
            <List.Item key={p.value} className="wrapped">
              {visible(p.audience)}: {fate(p)}
            </List.Item>
          ))}
        </List>
      </ScrollArea.Autosize>
    </>
  );
}

/** fate is what an approval would do about an audience. */
function fate({ removal, reason }: PartRun): string {
  if (!removal) return sentence(reason ?? 'waits for a person');
  return `${removalText(removal)}${removal.empties ? ', and nobody would be left' : ''}`;
}

/** asked is about how many audiences X is asked which campaigns use them. */
const asked = 5;

/** Emptied warns of the campaigns that would be left without anybody to reach. */
export function Emptied({ run }: { run: Run }) {
  const connection = useQuery(connectionQuery(run.connection));
  const destination = connection.data?.spec.destination;
  const parts = emptied(run);
  const ids = (parts.length > 0 ? parts : [run]).flatMap((p) => (p.audience_id ? [p.audience_id] : []));
  if (!destination) return null;
  return (
    <>
      {ids.slice(0, asked).map((id) => (
        <UseWarning
          key={id}
          destination={destination}
          id={id}
          what="With nobody in it they reach nobody through it, and X needs at least 100 people to show them again."
        />
      ))}
      {ids.length > asked && (
        <Text size="sm">X was asked about the campaigns of the first {asked} only.</Text>
      )}
    </>
  );
}
