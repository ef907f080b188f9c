import { Anchor, Badge, Group, Stack, Table, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { Ago } from '../../components/Ago';
import { count, plural } from '../../components/numbers';
import { StatusBadge } from '../../components/StatusBadge';
import { sortOf, type Row, type Sort } from './rows';

interface Props {
  rows: Row[];
  sort: string | undefined;
  onSort: (sort: string) => void;
}

/** ConnectionTable lists connections; on a narrow screen it scrolls sideways. */
export function ConnectionTable({ rows, sort, onSort }: Props) {
  const head = (by: Sort, label: string) => (
    <Head by={by} sort={sort} onSort={onSort} right={by === 'size'}>
      {label}
    </Head>
  );
  return (
    <Table.ScrollContainer minWidth={860}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {head('name', 'Connection')}
            {head('state', 'State')}
            {head('last', 'Last run')}
            {head('next', 'Next run')}
            {head('size', 'Audience')}
            {head('fresh', 'Last success')}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.name}>
              <Table.Td>
                <Stack gap={0} maw={{ base: 150, sm: 320 }}>
                  <Anchor
                    fw={600}
                    truncate
                    renderRoot={(props) => (
                      <Link to="/connections/$name" params={{ name: r.name }} {...props} />
                    )}
                  >
                    {r.name}
                  </Anchor>
                  <Text size="xs" c="dimmed" truncate>
                    {r.source} into {r.audience}
                  </Text>
                </Stack>
              </Table.Td>
              <Table.Td>
                <Group gap="fine">
                  <StatusBadge status={r.active ?? r.state} />
                  {r.unusable && (
                    <Tooltip label={r.unusable} multiline maw={320}>
                      <Badge color="red" tabIndex={0}>
                        Cannot run
                      </Badge>
                    </Tooltip>
                  )}
                  {r.alerts > 0 && <Badge color="orange">{plural(r.alerts, 'alert')}</Badge>}
                </Group>
              </Table.Td>
              <Table.Td>
                {r.lastRunID ? (
                  <Anchor
                    size="sm"
                    renderRoot={(props) => (
                      <Link to="/runs/$id" params={{ id: r.lastRunID ?? '' }} {...props} />
                    )}
                  >
                    <Ago at={r.lastRun} />
                  </Anchor>
                ) : (
                  <Ago at={null} />
                )}
              </Table.Td>
              <Table.Td>
                <Text size="sm" component="div">
                  <Ago at={r.nextRun} never={r.state === 'paused' ? 'paused' : r.startedAfter || 'by hand'} />
                </Text>
              </Table.Td>
              <Table.Td ta="right" pr="xl">
                <Text size="sm" c={r.size === null ? 'dimmed' : undefined}>
                  {r.size === null ? 'not known' : count(r.size)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm" component="div">
                  <Ago at={r.lastSuccess} />
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Head({
  by,
  sort,
  onSort,
  right = false,
  children,
}: {
  by: Sort;
  sort: string | undefined;
  onSort: (sort: string) => void;
  /** right is for numbers. */
  right?: boolean;
  children: ReactNode;
}) {
  const now = sortOf(sort);
  const on = now.by === by;
  const Icon = !on ? IconArrowsSort : now.down ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      aria-sort={!on ? 'none' : now.down ? 'descending' : 'ascending'}
      {...(right ? { ta: 'right', pr: 'xl' } : {})}
    >
      <UnstyledButton fz="sm" fw={700} onClick={() => onSort(on && !now.down ? `-${by}` : by)}>
        <Group gap="fine" wrap="nowrap">
          {children}
          <Icon size={14} aria-hidden />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
