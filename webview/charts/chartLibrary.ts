import { BarController, BarElement, CategoryScale, Chart, Filler, LinearScale, LineController, LineElement, PointElement } from 'chart.js';

// Only the parts that are drawn, and in a file of their own, loaded when the first chart is shown: the library is a third of the
// page, and the table should not wait for it.
Chart.register(BarController, BarElement, CategoryScale, Filler, LinearScale, LineController, LineElement, PointElement);

export { Chart };
