import { Button } from '@mantine/core';

/** MoreButton shows the rest of a list, or hides it again. */
export function MoreButton({ all, total, onToggle }: { all: boolean; total: number; onToggle: () => void }) {
  return (
    <Button variant="subtle" size="xs" mt="sm" onClick={onToggle} aria-expanded={all}>
      {all ? 'Show fewer' : `Show all ${total}`}
    </Button>
  );
}
