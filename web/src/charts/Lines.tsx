import '@mantine/charts/styles.css';

import { LineChart, type LineChartProps } from '@mantine/charts';

/** Lines is loaded when a page shows it: the chart library is large. */
export default function Lines(props: LineChartProps) {
  return <LineChart {...props} />;
}
