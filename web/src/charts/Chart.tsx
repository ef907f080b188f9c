import type { BarChartProps, LineChartProps } from '@mantine/charts';
import { Box, Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';

import { compact, count } from '../components/numbers';

const LazyBars = lazy(() => import('./Bars'));
const LazyLines = lazy(() => import('./Lines'));

/** Described charts say in a sentence what they show: a picture alone tells nothing to those who cannot see it. */
interface Described {
  label: string;
}

// The numbers are elsewhere on the page as text, so that a chart is one picture to a screen
// reader and no stop of the Tab key.
const common = {
  h: 220,
  withLegend: true,
  accessibilityLayer: false,
  valueFormatter: count,
  yAxisProps: { tickFormatter: compact, width: 48, allowDecimals: false },
  tooltipAnimationDuration: 150,
};

export function Bars({ label, ...props }: Described & BarChartProps) {
  return (
    <Box role="img" aria-label={label}>
      <Suspense fallback={<Skeleton h={props.h ?? common.h} />}>
        <LazyBars {...common} maxBarWidth={36} {...props} />
      </Suspense>
    </Box>
  );
}

export function Lines({ label, ...props }: Described & LineChartProps) {
  return (
    <Box role="img" aria-label={label}>
      <Suspense fallback={<Skeleton h={props.h ?? common.h} />}>
        <LazyLines {...common} {...props} />
      </Suspense>
    </Box>
  );
}
