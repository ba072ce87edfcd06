using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>How fast a run went from its first score to its last.</summary>
internal static class ReportCourse
{
    public static Markup Section(RunWork work)
    {
        var course = work.Course();
        return $"""
            <section class="card course" aria-labelledby="title-course">
            <h2 id="title-course">Documents a second, over time</h2>
            {(course.Count == 0 ? Nothing() : Chart(course, work.First!.Value, work.Last!.Value))}
            </section>
            """;
    }

    private static Markup Nothing() => $"""<p class="nothing">The run was too short to tell.</p>""";

    private static Markup Chart(IReadOnlyList<double> course, DateTimeOffset first, DateTimeOffset last)
    {
        var top = RoundUp(course.Max());
        var points = string.Join(' ', course.Select((rate, step) => Step(step, 100 - (100 * rate / top))));
        var days = last.UtcDateTime.Date != first.UtcDateTime.Date;
        return $"""
            <figure>
            <div class="plot">
            <span class="mark">{Mark(top)}</span><span class="mark">{Mark(top / 2)}</span><span class="mark">0</span>
            <svg viewBox="0 0 {course.Count} 100" preserveAspectRatio="none" role="img" aria-label="{Label(course)}">
            <path class="grid" d="M0 0H{course.Count}M0 50H{course.Count}M0 100H{course.Count}"/>
            <polygon class="area" points="0,100 {points} {course.Count},100"/>
            <polyline class="line" points="{points}"/>
            </svg>
            </div>
            <p class="times"><span>{At(first, days)}</span><span>{At(first + ((last - first) / 2), days)}</span>
            <span>{At(last, days)} UTC</span></p>
            <figcaption>Reckoned from when each worker’s first and last scores of each file came.</figcaption>
            </figure>
            """;
    }

    private static string Step(int step, double height) =>
        string.Create(CultureInfo.InvariantCulture, $"{step},{height:0.##} {step + 1},{height:0.##}");

    private static string Label(IReadOnlyList<double> course) =>
        $"Documents a second from the first score to the last: at most {NumberText.Rate(course.Max())}, " +
        $"{NumberText.Rate(course.Average())} on average";

    private static string At(DateTimeOffset time, bool withDay) => time.UtcDateTime.ToString(
        withDay ? "d MMM HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Mark(double rate) =>
        rate >= 10 ? NumberText.Count(rate) : rate.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>To 1, 2, 4, 6, 8 or 10 times a power of ten: half of it is a short number too.</summary>
    private static double RoundUp(double number)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(number, 1e-3))));
        return power * ((double[])[1, 2, 4, 6, 8]).FirstOrDefault(step => step * power >= number, 10);
    }
}
