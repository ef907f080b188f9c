import { NumberInput, SimpleGrid } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import type { RuleForm } from './alertRule';

/** Thresholds are the limits of the events that have some. */
export function Thresholds({ form }: { form: UseFormReturnType<RuleForm> }) {
  const on = (event: string) => form.values.events.includes(event);
  if (!on('records_failed') && !on('stale') && !on('audience_small')) return null;
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
    </SimpleGrid>
  );
}
