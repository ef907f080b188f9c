import { Button, Group, PasswordInput, TextInput, type TextInputProps } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';

/** mask stands where a secret is stored; sent back, it stays as it is. */
export const mask = '********';

interface Props {
  label: ReactNode;
  description?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
}

/** SecretInput takes a secret. One that is stored is not shown: it stays, or is replaced. */
export function SecretInput({ value, onChange, ...props }: Props) {
  // Only what was stored when the form opened can be kept.
  const [stored] = useState(value === mask);
  const id = useId();
  const inputContainer: TextInputProps['inputContainer'] = (input) => (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      {input}
      {stored && (
        <Button
          variant="default"
          onClick={() => onChange(value === mask ? '' : mask)}
          aria-describedby={id}
        >
          {value === mask ? 'Replace' : 'Keep the old one'}
        </Button>
      )}
    </Group>
  );
  if (value === mask)
    return (
      <TextInput
        {...props}
        id={id}
        value={value}
        readOnly
        variant="filled"
        inputContainer={inputContainer}
        wrapperProps={{ 'data-stored': true }}
      />
    );
  return (
    <PasswordInput
      {...props}
      id={id}
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
      inputContainer={inputContainer}
      autoComplete="off"
    />
  );
}
