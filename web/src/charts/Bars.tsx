import '@mantine/charts/styles.css';

import { BarChart, type BarChartProps } from '@mantine/charts';

/** Bars is loaded when a page shows it: the chart library is large. */
export default function Bars(props: BarChartProps) {
  return <BarChart {...props} />;
}
