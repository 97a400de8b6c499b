/** How long something took: 0.04 s, 2.3 s, 1 min 5 s, 2 h 3 min. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0.1) return `${Math.max(0, seconds).toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return coarse(Math.round(seconds));
}

/** What is left of a job, rounded so that it does not flicker: "about 40 s left". Null or not finite: ''. */
export function formatEta(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds) || milliseconds < 0) return '';
  const seconds = milliseconds / 1000;
  if (seconds < 5) return 'a few seconds left';
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : 60;
  return `about ${coarse(Math.ceil(seconds / step) * step)} left`;
}

function coarse(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(`${minutes} min`, seconds % 60, 's');
  return withRest(`${Math.floor(minutes / 60)} h`, minutes % 60, 'min');
}

function withRest(text: string, rest: number, unit: string): string {
  return rest === 0 ? text : `${text} ${rest} ${unit}`;
}
