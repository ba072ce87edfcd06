using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>Says what happens to a run's workers in a cluster, a line for all to which the same happens at once.</summary>
/// <param name="tell">Gets a line.</param>
internal sealed class KubernetesWords(Action<string> tell) : KeeperWords(tell, "the cluster", "worker")
{
    private string _counts = "";
    private string _head = "";

    public void Applied(string space, string name, int count) =>
        Tell($"namespace {space}: Job {name} of {Things(count)} and what they need are there");

    /// <summary>Only where it has changed.</summary>
    public void Count(IReadOnlyList<WorkerPod> pods, int wanted)
    {
        var counts = $"{CountsOf(pods)}, of {NumberText.Count(wanted)}";
        if (counts != _counts)
            Tell(counts);
        _counts = counts;
    }

    public static string CountsOf(IReadOnlyList<WorkerPod> pods)
    {
        var waiting = pods.Where(pod => pod.IsWaiting).ToList();
        var reasons = string.Join(
            "; ", waiting.Select(pod => pod.WaitsFor).Where(reason => reason.Length > 0).Distinct().Order());
        return $"{NumberText.Count(pods.Count(pod => pod.IsRunning))} running, {NumberText.Count(waiting.Count)} waiting" +
            (reasons.Length > 0 ? $" ({reasons})" : "");
    }

    public void Failed(IReadOnlyList<WorkerPod> pods)
    {
        var taken = pods.Where(pod => pod.WasTakenAway).ToList();
        if (taken.Count > 0)
            Tell($"{Things(taken.Count)} taken away; Kubernetes starts others: {Names(taken)}");
        foreach (var same in pods.Except(taken).GroupBy(pod => (pod.HowItEnded, pod.Node)))
            Tell($"{Things(same.Count())} failed on {same.Key.Node} ({same.Key.HowItEnded}): {Names([.. same])}; " +
                Said(same.Last()));
    }

    public void GivenUp(int count) => Tell(
        $"Kubernetes has given up {NumberText.Count(count, "place")} among the workers after failures: others are started instead");

    /// <summary>A coordinator in the cluster, where it ends otherwise than in order; only where that has changed.</summary>
    public void Head(WorkerPod pod)
    {
        var line = $"the coordinator, {pod.Name}, ended ({pod.HowItEnded}) and is started again; {Said(pod)}";
        if (line != _head)
            Tell(line);
        _head = line;
    }

    public void Volume(string claim) => Tell(
        $"the coordinator is ended, its run's folder stays on the volume of {claim}: 'kubectl delete pvc {claim}' deletes it");

    public static string Hopeless(WorkerPod? last) =>
        string.Create(
            CultureInfo.InvariantCulture, $"all workers fail, {Replacements.Most} times in a row, and nothing gets done") +
        (last is null ? "" : $"; the last one, {last.Name} on {last.Node}, ended: {last.HowItEnded}; {Said(last)}");

    public override void Leave() => Tell(
        "the workers go on without this command, and Kubernetes replaces those that end; give it again to have what is left " +
        "ended with the run, with --count 0 to end them now");

    private static string Said(WorkerPod pod) => pod.LastLine is { } line
        ? $"its last line: {line}"
        : $"it said nothing; 'kubectl describe pod {pod.Name}' may";

    private static string Names(List<WorkerPod> pods) => pods.Count <= 4
        ? string.Join(", ", pods.Select(pod => pod.Name))
        : $"{pods[0].Name} to {pods[^1].Name}";
}
