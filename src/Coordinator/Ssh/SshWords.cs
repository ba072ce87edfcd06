using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>Says what happens to workers on machines that are reached by ssh.</summary>
/// <param name="tell">Gets a line; may be called by several threads.</param>
internal sealed class SshWords(Action<string> tell) : KeeperWords(tell, "machines", "worker")
{
    private string _counts = "";

    public void Sent(string host) => Tell($"{host}: has the programs");

    /// <summary>Only where it has changed.</summary>
    public void Count(int workers, int hosts, int away)
    {
        var counts = $"{Things(workers)} on {NumberText.Count(hosts, "machine")}" +
            (away > 0 ? $", {NumberText.Count(away)} not reached" : "");
        if (counts != _counts)
            Tell(counts);
        _counts = counts;
    }

    public void NotReached(string host, string reason) => Tell($"{host}: {reason}; it is asked again");

    public void Reached(string host) => Tell($"{host}: is reached again");

    public void Ended(string host, SshWorker worker) => Tell(
        string.Create(
            CultureInfo.InvariantCulture, $"{host}: the worker {worker.Where} ended, exit code {worker.ExitCode}; ") +
        (worker.LastLine.Length > 0 ? $"its last line: {worker.LastLine}" : "it said nothing"));

    public void GivenUp(string host) => Tell(string.Create(
        CultureInfo.InvariantCulture,
        $"{host}: no more workers are started there: they failed {Replacements.Most} times while nothing got done"));

    public void Logs(string folder) => Tell($"what workers have said is in {folder}");

    public override void Leave() => Tell(
        "the workers go on without this command: give it again to keep them, with --stop to end them");
}
