import { NumberInput, SimpleGrid } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import type { RuleForm } from './alertRule';

const limited = [
  'records_failed',
  'stale',
  'audience_small',
  'size_moved',
  'rows_down',
  'rejected_up',
  'run_late',
  'opt_out_late',
];

/** Thresholds are the limits of the events that have some. */
export function Thresholds({ form }: { form: UseFormReturnType<RuleForm> }) {
  const on = (event: string) => form.values.events.includes(event);
  if (!limited.some(on)) return null;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {on('records_failed') && (
        <>
          <NumberInput
            label="Records that may be left out"
            description="In one run. Empty: none"
            min={0}
            allowDecimal={false}
            thousandSeparator=","
            {...form.getInputProps('failed_records')}
          />
          <NumberInput
            label="Share that may be left out"
            description="Of the changes of a run. Empty: no limit of its own"
            min={0}
            max={100}
            suffix=" %"
            {...form.getInputProps('failed_percent')}
          />
        </>
      )}
      {on('stale') && (
        <NumberInput
          label="Hours without success"
          description="Empty: 24"
          min={0}
          {...form.getInputProps('stale_hours')}
        />
      )}
      {on('audience_small') && (
        <NumberInput
          label="People that X must match"
          description="Empty: 100, the least that ads can use"
          min={0}
          allowDecimal={false}
          thousandSeparator=","
          {...form.getInputProps('min_audience')}
        />
      )}
      {on('size_moved') && (
        <NumberInput
          label="Size: more or fewer than usual by"
          description="Of what the audience holds. Empty: 20 %"
          min={0}
          suffix=" %"
          {...form.getInputProps('size_percent')}
        />
      )}
      {on('rows_down') && (
        <NumberInput
          label="Rows: fewer than usual by"
          description="Of the rows of the model. Empty: 20 %"
          min={0}
          max={100}
          suffix=" %"
          {...form.getInputProps('rows_down_percent')}
        />
      )}
      {on('rejected_up') && (
        <NumberInput
          label="Refused: above the usual share by"
          description="Percentage points of the rows. Empty: 5"
          min={0}
          max={100}
          suffix=" points"
          {...form.getInputProps('rejected_points')}
        />
      )}
      {on('run_late') && (
        <NumberInput
          label="Minutes that a run may be late"
          description="To begin, or beyond its usual length. Empty: 30"
          min={0}
          max={10000}
          {...form.getInputProps('late_minutes')}
        />
      )}
      {on('opt_out_late') && (
        <NumberInput
          label="Hours that an opt-out may wait"
          description="Empty: 24"
          min={0}
          max={10000}
          {...form.getInputProps('opt_out_hours')}
        />
      )}
    </SimpleGrid>
  );
}
