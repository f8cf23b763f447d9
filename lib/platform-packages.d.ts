// The platform packages are made at release: a checkout has none of them installed.
declare module '@offloop/binding-*' {
  const binding: import('./binding').Binding;
  export = binding;
}
