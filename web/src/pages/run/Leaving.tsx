import { Button, Code, Group, Select, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { leavingQuery } from '../../api/watch';
import type { Run } from '../../api/schema.gen';
import { plural } from '../../components/numbers';
import { ProblemAlert } from '../../components/ProblemAlert';
import { visible } from '../../components/visible';
import { listOf, losses, lossLabel } from './held';

/** Leaving lists who would leave by a run that is held, as the sync log has it. */
export function Leaving({ run }: { run: Run }) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 400);
  const list = useInfiniteQuery(leavingQuery(run.run_id, search, reason));
  const records = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Stack gap="sm" w="100%">
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Search by id"
          placeholder="A part of the id"
          maxLength={200}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
        />
        <Select
          label="Why"
          placeholder="Any reason"
          data={losses}
          value={reason || null}
          clearable
          onChange={(v) => setReason(v ?? '')}
        />
        <Button
          component="a"
          href={listOf(run.run_id, search, reason)}
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Download as CSV
        </Button>
      </Group>
      <ProblemAlert error={list.error} retry={() => void list.refetch()} />
      {list.isPending && <Skeleton h={160} />}
      {list.data && records.length === 0 && (
        <Text size="sm">
          {search || reason
            ? 'Nobody on the list is like that.'
            : 'There is no list: the connection wrote no sync log when this run was held.'}
        </Text>
      )}
      {records.length > 0 && (
        <Table.ScrollContainer
          minWidth={280}
          maxHeight={320}
          scrollAreaProps={{
            viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Who would leave' },
          }}
        >
          <Table verticalSpacing="fine" fz="sm" stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Record</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {records.map((r) => (
                <Table.Tr key={r.record_id}>
                  <Table.Td className="wrapped">
                    <Code>{visible(r.record_id)}</Code>
                  </Table.Td>
                  <Table.Td>{lossLabel(r.reason)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {list.data && records.length > 0 && (
        <Group gap="sm">
          <Text size="sm" aria-live="polite">
            {plural(records.length, 'record')} read{list.hasNextPage ? '; there are more' : ''}
          </Text>
          {list.hasNextPage && (
            <Button
              size="xs"
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              Load more
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
