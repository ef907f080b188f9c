import { Text } from '@mantine/core';

import type { Run } from '../api/schema.gen';
import { statusLabel } from '../components/StatusBadge';
import { plural } from '../components/numbers';
import { short } from '../components/times';
import { Bars } from './Chart';

/** OutcomeBars shows what became of the records of the newest runs, oldest on the left. */
export function OutcomeBars({ runs }: { runs: Run[] }) {
  const ended = runs.filter((r) => r.finished_at && r.status !== 'skipped');
  if (ended.length === 0)
    return (
      <Text c="dimmed" size="sm">
        The chart begins with the first run that ends.
      </Text>
    );
  const data = [...ended].reverse().map((r) => ({
    at: short(r.requested_at),
    delivered: r.counts.delivered,
    rejected: r.counts.rejected,
    failed: r.counts.failed,
    invalid: r.counts.invalid,
  }));
  const newest = ended[0];
  return (
    <Bars
      label={`Records of the last ${plural(ended.length, 'run')} by outcome. The newest: ${newest ? statusLabel(newest.status) : ''}, ${newest?.counts.delivered ?? 0} delivered.`}
      data={data}
      dataKey="at"
      type="stacked"
      series={[
        { name: 'delivered', label: 'Delivered', color: 'eddy.5' },
        { name: 'rejected', label: 'Refused by X', color: 'orange.6' },
        { name: 'failed', label: 'Not delivered', color: 'red.6' },
        { name: 'invalid', label: 'Left out', color: 'grape.5' },
      ]}
      xAxisProps={{ minTickGap: 24 }}
    />
  );
}
