import { Badge, Group, Radio, ScrollArea, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { foundAudiencesQuery } from '../../api/modelQueries';
import { destinationsQuery, healthQuery } from '../../api/queries';
import { plural } from '../../components/numbers';
import { feeders } from '../../components/objects';
import { ProblemAlert } from '../../components/ProblemAlert';
import { ObjectCard } from '../../components/ObjectCard';

interface Props {
  connection: string;
  destination: string;
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
}

/** AudienceSearch picks an audience of an account. One that another connection feeds says so. */
export function AudienceSearch({ connection, destination, value, onChange, error }: Props) {
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim(), 300);
  const found = useQuery(foundAudiencesQuery(destination, settled));
  const { data: health } = useQuery(healthQuery);
  const { data: destinations } = useQuery(destinationsQuery);
  const here = destinations?.find((d) => d.name === destination);
  const others = (health?.connections ?? []).filter((c) => c.connection !== connection);
  const feeds = here ? feeders(here, destinations ?? [], others) : new Map<string, string>();
  return (
    <Stack gap="sm">
      <TextInput
        label="Find an audience"
        description="By a part of its name, or its id."
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
      />
      {found.error && (
        <ProblemAlert
          error={found.error}
          title="The account's audiences could not be read"
          retry={() => void found.refetch()}
        />
      )}
      {found.isPending && (
        <Stack gap="xs" aria-busy="true" aria-label="Reading audiences">
          <Skeleton h={64} />
          <Skeleton h={64} />
        </Stack>
      )}
      {found.data && (
        <Radio.Group label="Audiences in the account" value={value || null} onChange={onChange} error={error}>
          {found.data.items.length === 0 && (
            <Text size="sm" c="dimmed" mt="xs">
              {settled
                ? 'No audience has that in its name.'
                : 'The account has no audience yet. Make a new one.'}
            </Text>
          )}
          <ScrollArea.Autosize mah={360} mt="xs">
            <Stack gap="xs">
              {found.data.items.map((a) => {
                const feeder = feeds.get(a.id.toLowerCase());
                return (
                  <ObjectCard
                    key={a.id}
                    name={a.name}
                    value={a.id}
                    chosen={a.id === value}
                    disabled={feeder !== undefined}
                    detail={
                      <Group gap="xs">
                        <span>{a.id}</span>
                        <span>
                          {a.size === null ? 'size not told yet' : plural(a.size, 'person', 'people')}
                        </span>
                        <Badge size="sm" color={a.targetable ? 'green' : 'gray'}>
                          {a.targetable ? 'Targetable' : 'Not targetable'}
                        </Badge>
                        {feeder && <Badge size="sm">Fed by {feeder}</Badge>}
                      </Group>
                    }
                  />
                );
              })}
            </Stack>
          </ScrollArea.Autosize>
          {found.data.next_cursor && (
            <Text size="sm" c="dimmed" mt="xs">
              There are more; search to find them.
            </Text>
          )}
        </Radio.Group>
      )}
    </Stack>
  );
}
