import { Badge, Loader, ThemeIcon } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconHandStop,
  IconPlayerPause,
  IconPlayerSkipForward,
  type Icon as TablerIcon,
} from '@tabler/icons-react';

interface Look {
  label: string;
  color: string;
  icon: TablerIcon | null;
}

// A state is never told by colour alone: each has a word and a sign.
const looks: Record<string, Look> = {
  queued: { label: 'Queued', color: 'gray', icon: IconClock },
  running: { label: 'Running', color: 'blue', icon: null },
  succeeded: { label: 'Succeeded', color: 'green', icon: IconCircleCheck },
  completed_with_errors: { label: 'Completed with errors', color: 'orange', icon: IconAlertTriangle },
  needs_approval: { label: 'Needs approval', color: 'grape', icon: IconHandStop },
  failed: { label: 'Failed', color: 'red', icon: IconCircleX },
  cancelled: { label: 'Cancelled', color: 'gray', icon: IconCircleX },
  skipped: { label: 'Skipped', color: 'gray', icon: IconPlayerSkipForward },
  healthy: { label: 'Healthy', color: 'green', icon: IconCircleCheck },
  degraded: { label: 'Left records out', color: 'orange', icon: IconAlertTriangle },
  failing: { label: 'Failing', color: 'red', icon: IconCircleX },
  paused: { label: 'Paused', color: 'gray', icon: IconPlayerPause },
  new: { label: 'Never ran', color: 'gray', icon: IconCircleDashed },
};

/** statusLabel is the word for the state of a run or of a connection. */
export function statusLabel(status: string): string {
  return looks[status]?.label ?? status;
}

/** statusColor is its colour of the theme. */
export function statusColor(status: string): string {
  return looks[status]?.color ?? 'gray';
}

/** StatusBadge shows the state of a run or of a connection. */
export function StatusBadge({ status }: { status: string }) {
  const look = looks[status] ?? { label: status, color: 'gray', icon: IconCircleDashed };
  return (
    <Badge
      color={look.color}
      miw="max-content"
      leftSection={
        look.icon ? <look.icon size={13} aria-hidden /> : <Loader size={11} color={look.color} aria-hidden />
      }
    >
      {look.label}
    </Badge>
  );
}

/** StatusIcon is the sign of a state, for where its word stands beside it. */
export function StatusIcon({ status }: { status: string }) {
  const look = looks[status];
  if (!look?.icon) return null;
  return (
    <ThemeIcon color={look.color} variant="light" radius="xl" size="sm" aria-hidden>
      <look.icon size={14} />
    </ThemeIcon>
  );
}
