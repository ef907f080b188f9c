import { PasswordInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { mask } from './options';

interface Props {
  label: ReactNode;
  description?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  placeholder?: string;
  value?: string;
  onChange?: (value: string) => void;
}

/** SecretInput takes a secret. One that is stored is not shown; it stays unless another is typed. */
export function SecretInput({ value = '', onChange, placeholder, ...props }: Props) {
  // Only what was stored when the form opened can be kept.
  const [stored] = useState(value === mask);
  return (
    <PasswordInput
      {...props}
      autoComplete="new-password"
      placeholder={stored ? 'Stored. Leave it empty to keep it.' : placeholder}
      value={value === mask ? '' : value}
      onChange={(e) => onChange?.(e.currentTarget.value || (stored ? mask : ''))}
    />
  );
}
