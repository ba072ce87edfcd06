using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Slurm;

/// <summary>Says what happens to a run's jobs, a line for all to which the same happens at once.</summary>
/// <param name="tell">Gets a line.</param>
/// <param name="lastLine">What a job's worker said last; null where nothing is known.</param>
/// <param name="logOf">Where it says it.</param>
internal sealed class SlurmWords(Action<string> tell, Func<string, string?> lastLine, Func<string, string> logOf)
    : KeeperWords(tell, "Slurm", "job")
{
    /// <summary>In the place of a state: the job is not listed any more.</summary>
    public const string Forgotten = "FORGOTTEN";

    private string _counts = "";

    public void Found(IReadOnlyList<SlurmJob> jobs)
    {
        if (jobs.Count > 0)
            Tell($"found {Things(jobs.Count)} of this run: {CountsOf(jobs)}");
    }

    public void Submitted(string array, int count) => Tell($"submitted {Things(count)}: array {array}");

    /// <summary>Only where it has changed.</summary>
    public void Count(IReadOnlyList<SlurmJob> jobs, int wanted)
    {
        var counts = $"{CountsOf(jobs)}, of {wanted.ToString(CultureInfo.InvariantCulture)}";
        if (counts != _counts)
            Tell(counts);
        _counts = counts;
    }

    public void TakenBack(IReadOnlyList<SlurmJob> jobs)
    {
        if (jobs.Count > 0)
            Tell($"{Things(jobs.Count)} preempted, or taken from a lost node; Slurm starts them again: {Names(jobs)}");
    }

    public void Ended(IReadOnlyList<SlurmJob> jobs)
    {
        foreach (var same in jobs.GroupBy(
            job => (job.State, job.HasFailed, job.Exit, Node: job.HasFailed ? job.Node : "")))
        {
            var last = same.Last();
            Tell($"{Things(same.Count())} ended ({Describe(last)}): {Names([.. same])}" +
                (last.HasFailed ? $"; {Said(last)}" : ""));
        }
    }

    public void Exclude(SlurmJob last) => Tell(string.Create(
        CultureInfo.InvariantCulture,
        $"node {last.Node} gets no more workers: {NodeFailures.Most} have failed there one after another while others went on; ") +
        Said(last));

    public void Stuck(IReadOnlyList<SlurmJob> jobs) => Tell(
        $"{Things(jobs.Count)} could not be started by Slurm and are held ({jobs[0].Reason}): others take their place");

    public void Surplus(int count) => Tell($"ending {Things(count)} that {(count == 1 ? "is" : "are")} not wanted any more");

    public string Hopeless(SlurmJob last) =>
        string.Create(
            CultureInfo.InvariantCulture, $"all jobs fail, {Replacements.Most} times in a row, and nothing gets done; ") +
        $"the last one, {last.Id} on {last.Node}, " +
        $"ended: {Describe(last)}; {Said(last)}";

    public string Unseen(string array) => string.Create(
        CultureInfo.InvariantCulture,
        $"Slurm has taken jobs {Replacements.Most} times in a row and listed none of them afterwards, the last as array {array}: ") +
        $"they end at once (do nodes see {Path.GetDirectoryName(logOf(array))}?), or something changes their name";

    /// <summary>What is in the way of those that wait.</summary>
    private static string CountsOf(IReadOnlyList<SlurmJob> jobs)
    {
        var waiting = jobs.Where(job => job.Phase == JobPhase.Waiting).ToList();
        var reasons = string.Join(
            ", ", waiting.Select(job => job.Reason).Where(reason => reason.Length > 0).Distinct().Order());
        return $"{NumberText.Count(jobs.Count - waiting.Count)} running, {NumberText.Count(waiting.Count)} waiting" +
            (reasons.Length > 0 ? $" ({reasons})" : "");
    }

    private static string Names(IReadOnlyList<SlurmJob> jobs) => jobs.Count <= 4
        ? string.Join(", ", jobs.Select(job => job.Id))
        : $"{jobs[0].Id} to {jobs[^1].Id}";

    private static string Describe(SlurmJob job) => job switch
    {
        { HasFailed: true, Exit: { } exit } => $"{job.State}, {exit}, on {job.Node}",
        { HasFailed: true } => $"{job.State}, {job.Reason}, on {job.Node}",
        { State: Forgotten } => "Slurm has forgotten how",
        _ => job.State,
    };

    /// <summary>A job whose log cannot be opened does not even begin.</summary>
    private string Said(SlurmJob job) => lastLine(job.Id) is { } line
        ? $"its last line: {line} (more in {logOf(job.Id)})"
        : $"it has left no log, {logOf(job.Id)}: do nodes see that folder? If not, give --shared DIR";
}
