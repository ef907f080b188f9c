import { Checkbox, type CheckboxProps } from '@mantine/core';

/** EndAccess asks whether what somebody logged in with ends with a change. */
export function EndAccess(props: CheckboxProps) {
  return (
    <Checkbox
      label="End sessions and delete tokens"
      description="Leave it on unless you know that nobody else has them. Programs that use a token need a new one."
      {...props}
    />
  );
}
