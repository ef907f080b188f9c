import { Card, Group, SimpleGrid, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import type { HealthSummary } from '../../api/schema.gen';
import { count } from '../../components/numbers';
import { StatusIcon, statusLabel } from '../../components/StatusBadge';
import { states } from '../connections/rows';

/** HealthCards counts connections by how they do; each leads to those. */
export function HealthCards({ summary }: { summary: HealthSummary }) {
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, lg: 6 }} spacing="sm">
      {states.map((s) => (
        <Card
          key={s}
          padding="sm"
          renderRoot={(props) => <Link to="/connections" search={{ state: s }} {...props} />}
        >
          <Group justify="space-between" wrap="nowrap">
            <Text fz="h2" fw={650} lh={1.2} className="numbers">
              {count(summary[s])}
            </Text>
            <StatusIcon status={s} />
          </Group>
          <Text size="sm" c="dimmed">
            {statusLabel(s)}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}
