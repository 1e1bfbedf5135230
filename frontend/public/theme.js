// Runs before the first paint, so that a dark page never flashes light. The page's own code takes over from here (ui/theme.js).
{
  let chosen = 'system';
  try {
    const asked = new URLSearchParams(location.hash.slice(1)).get('theme');
    chosen = asked || localStorage.getItem('kineograph.theme') || 'system';
  } catch {
    // storage may be closed to us; the system's choice will do
  }
  const dark =
    chosen === 'dark' || (chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}
