// Light or dark: as the system says, until the reader says otherwise. Runs before the first paint.
'use strict';
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const choices = ['auto', 'light', 'dark'];
  const read = () => {
    try {
      const kept = localStorage.getItem('axl.theme');
      return choices.includes(kept) ? kept : 'auto';
    } catch {
      return 'auto';
    }
  };
  let choice = read();

  const apply = () => {
    const dark = choice === 'dark' || (choice === 'auto' && system.matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    const button = document.getElementById('theme');
    if (button) {
      button.textContent = { auto: '◐ Auto', light: '☀ Light', dark: '☾ Dark' }[choice];
      button.setAttribute('aria-label', `Colours: ${choice}. Change`);
    }
    document.dispatchEvent(new Event('axl-theme'));
  };

  system.addEventListener('change', apply);
  document.addEventListener('DOMContentLoaded', () => {
    apply();
    document.getElementById('theme').addEventListener('click', () => {
      choice = choices[(choices.indexOf(choice) + 1) % choices.length];
      try {
        localStorage.setItem('axl.theme', choice);
      } catch { /* it holds for this page, then */ }
      apply();
    });
  });
  apply();
})();
