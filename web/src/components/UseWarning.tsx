import { Alert, List, Text } from '@mantine/core';
import { IconSpeakerphone } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { problemOf } from '../api/client';
import { audienceUseQuery } from '../api/watch';
import { usedBy } from './audienceUse';
import { sentence } from './ProblemAlert';

const shown = 5;

/** UseWarning names the campaigns that would feel it, before an audience is emptied, deleted or no longer fed. */
export function UseWarning({ destination, id, what }: { destination: string; id: string; what: string }) {
  const use = useQuery({ ...audienceUseQuery(destination, id), retry: false });
  if (use.isPending)
    return (
      <Text size="sm" c="dimmed" role="status">
        Asking X which campaigns use it …
      </Text>
    );
  if (use.error)
    return (
      <Alert color="orange" title="X does not tell which campaigns use it">
        <Text size="sm">{sentence(problemOf(use.error).message)}</Text>
      </Alert>
    );
  const { campaigns } = use.data;
  if (campaigns.length === 0) return <Text size="sm">No campaign uses it, as X tells.</Text>;
  return (
    <Alert color="orange" icon={<IconSpeakerphone aria-hidden />} title="Campaigns use this audience">
      <Text size="sm">
        {usedBy(use.data)}. {what}
      </Text>
      <List size="sm" mt="xs">
        {campaigns.slice(0, shown).map((c) => (
          <List.Item key={c.id} className="wrapped">
            {c.name || c.id}
          </List.Item>
        ))}
        {campaigns.length > shown && <List.Item>and others</List.Item>}
      </List>
    </Alert>
  );
}
