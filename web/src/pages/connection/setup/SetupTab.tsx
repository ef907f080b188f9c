import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconEdit } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { connectionQuery, meQuery } from '../../../api/queries';
import type { Connection } from '../../../api/schema.gen';
import { useAccess } from '../../../components/access';
import { Drafts, editID, editOf, type Draft } from '../../connect/drafts';
import { titleOf, type StepID } from '../../connect/steps';
import { AlertsCard } from './AlertsCard';
import { AudienceView } from './AudienceView';
import { CardEditor } from './CardEditor';
import { MappingView } from './MappingView';
import { PeopleView } from './PeopleView';
import { WhenView } from './WhenView';

interface Props {
  connection: Connection;
  /** open is the card that is being changed. */
  open: StepID | undefined;
  go: (card: StepID | undefined) => void;
}

/** SetupTab is how a connection is set up: each card says it in words, and opens where it stands. */
export function SetupTab({ connection, open, go }: Props) {
  const { edit } = useAccess();
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  // A draft that was thrown away is looked for again, and an editor begins anew.
  const [round, setRound] = useState(0);
  const [now] = useState(() => Date.now());
  if (!me) return null;
  const drafts = new Drafts(localStorage, me.id);
  const begun = edit && !open ? editOf(drafts, connection.name, now) : null;
  const startOver = () => {
    if (begun) drafts.remove(begun.draft.id);
    drafts.remove(editID(connection.name, connection.version));
    void queries
      .invalidateQueries({ queryKey: connectionQuery(connection.name).queryKey })
      .then(() => setRound((n) => n + 1));
  };
  const goOn = (draft: Draft) => {
    drafts.remove(draft.id);
    drafts.put({ ...draft, id: editID(connection.name, connection.version) });
    go('people');
  };
  const cards: { id: StepID; view: ReactNode }[] = [
    { id: 'people', view: <PeopleView spec={connection.spec} /> },
    { id: 'mapping', view: <MappingView spec={connection.spec} /> },
    { id: 'audience', view: <AudienceView name={connection.name} spec={connection.spec} /> },
    { id: 'when', view: <WhenView connection={connection} /> },
  ];
  return (
    <Stack>
      {begun && (
        <Alert title="There are changes that are not saved">
          <Group gap="xs">
            <Text size="sm">
              {begun.version === connection.version
                ? 'They stay in this browser.'
                : 'Somebody else saved the connection since. Go on with yours, and see side by side what they would change back.'}
            </Text>
            <Button size="xs" variant="light" onClick={() => goOn(begun.draft)}>
              Go on with them
            </Button>
            <Button size="xs" variant="subtle" color="gray" onClick={startOver}>
              Discard the changes
            </Button>
          </Group>
        </Alert>
      )}
      {cards.map((card) => (
        <Card key={card.id} component="section" aria-labelledby={`card-${card.id}`}>
          <Group justify="space-between" mb="sm" wrap="nowrap">
            <Title order={2} fz="h4" id={`card-${card.id}`}>
              {titleOf(card.id)}
            </Title>
            {edit && open !== card.id && (
              <Button
                size="xs"
                variant="default"
                leftSection={<IconEdit size={14} aria-hidden />}
                aria-label={`Edit ${titleOf(card.id)}`}
                onClick={() => go(card.id)}
              >
                Edit
              </Button>
            )}
          </Group>
          {edit && open === card.id ? (
            <CardEditor
              key={round}
              person={me.id}
              object={connection}
              card={card.id}
              go={go}
              startOver={startOver}
            />
          ) : (
            card.view
          )}
        </Card>
      ))}
      <AlertsCard name={connection.name} />
    </Stack>
  );
}
