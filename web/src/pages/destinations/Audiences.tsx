import { Button, Card, Center, Group, Pagination, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconPlus, IconSearch, IconUsersGroup } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { audiencesQuery } from '../../api/admin';
import { destinationsQuery, healthQuery } from '../../api/queries';
import type { AudienceInfo } from '../../api/schema.gen';
import { useAccess } from '../../components/access';
import { Empty } from '../../components/Empty';
import { byName, plural } from '../../components/numbers';
import { feeders, type Stored } from '../../components/objects';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Waiting } from '../../components/Waiting';
import { AudienceForm } from './AudienceForm';
import { AudienceTable } from './AudienceTable';
import { askToDeleteAudience } from './deleteAudience';

const route = getRouteApi('/app/destinations/$name');

/** perPage bounds what is drawn: an account may have thousands. */
const perPage = 50;

/** Audiences are those of an X account: found, made, renamed and deleted. */
export function Audiences({ destination }: { destination: Stored }) {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const { edit } = useAccess();
  const queries = useQueryClient();
  const audiences = useQuery(audiencesQuery(destination.name));
  const destinations = useQuery(destinationsQuery);
  const health = useQuery(healthQuery);
  const [page, setPage] = useState(1);
  const [open, setOpen] = useState<AudienceInfo | 'new' | null>(null);
  const fed = feeders(destination, destinations.data ?? [], health.data?.connections ?? []);
  const read = () => queries.invalidateQueries({ queryKey: audiencesQuery(destination.name).queryKey });
  const all = audiences.data ?? [];
  const found = all.filter((a) => matches(a, q)).sort((a, b) => byName(a.name, b.name) || byName(a.id, b.id));
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const here = Math.min(page, pages);
  const make = edit && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('new')}>
      Make an audience
    </Button>
  );
  return (
    <Card component="section" aria-label="Audiences">
      <Group justify="space-between" mb="sm">
        <Title order={2} fz="h4">
          Audiences
        </Title>
        {all.length > 0 && make}
      </Group>
      <Stack>
        <ProblemAlert error={audiences.error} retry={() => void audiences.refetch()} />
        {audiences.isPending && <Waiting />}
        {audiences.data && all.length === 0 && (
          <Empty icon={IconUsersGroup} title="No audience yet" action={make}>
            An audience is a list of people that ads can be shown to. Make one here, or have a connection make
            its own.
          </Empty>
        )}
        {all.length > 0 && (
          <>
            <TextInput
              label="Search"
              description="By name or id"
              type="search"
              maw={360}
              leftSection={<IconSearch size={16} aria-hidden />}
              value={q}
              onChange={(e) => {
                const text = e.currentTarget.value;
                setPage(1);
                void navigate({ search: { q: text || undefined }, replace: true });
              }}
            />
            <Text size="sm" c="dimmed" aria-live="polite">
              {q ? `${plural(found.length, 'audience')} of ${all.length}` : plural(all.length, 'audience')}
            </Text>
            <AudienceTable
              audiences={found.slice((here - 1) * perPage, here * perPage)}
              fed={fed}
              rename={setOpen}
              remove={(a) => askToDeleteAudience(destination.name, a, () => void read())}
            />
            {pages > 1 && (
              <Center>
                <Pagination
                  total={pages}
                  value={here}
                  onChange={setPage}
                  getControlProps={(control) => ({ 'aria-label': `${control} page` })}
                  getItemProps={(n) => ({ 'aria-label': `Page ${n}` })}
                />
              </Center>
            )}
          </>
        )}
      </Stack>
      {open && (
        <AudienceForm
          destination={destination.name}
          audience={open === 'new' ? undefined : open}
          close={() => setOpen(null)}
          done={read}
        />
      )}
    </Card>
  );
}

function matches(a: AudienceInfo, q: string): boolean {
  const text = q.trim().toLowerCase();
  return a.name.toLowerCase().includes(text) || a.id.toLowerCase() === text;
}
