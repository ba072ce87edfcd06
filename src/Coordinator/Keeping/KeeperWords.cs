using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;

namespace FineWebTorch.Coordinator.Keeping;

/// <summary>What those who keep workers at work say, whatever the workers run on.</summary>
/// <param name="tell">Gets a line.</param>
/// <param name="who">Is asked: Slurm.</param>
/// <param name="thing">That is kept: job.</param>
internal abstract class KeeperWords(Action<string> tell, string who, string thing)
{
    public void Away(string reason, bool isFirst)
    {
        if (isFirst)
            tell($"{who} has to be asked again ({reason}); workers go on meanwhile");
    }

    public void Back() => tell($"{who} does as it is asked again");

    public void Alone(TimeSpan giveUpAfter) => tell(
        "no coordinator works on the run: no worker is started until one does; after " +
        $"{Durations.Describe(giveUpAfter)} all {thing}s are ended (--give-up-after)");

    public void Return() => tell("a coordinator works on the run again");

    public virtual void Leave() => tell(
        $"the {thing}s go on without this command: give it again to keep them, with --count 0 to end them");

    public void End(RunStage stage, int left) => tell((stage switch
    {
        RunStage.Over => "the run is over",
        RunStage.Away => "the run is not over, and no coordinator works on it",
        _ => "no workers are wanted",
    }) + (left > 0 ? $"; ended {Things(left)} that {(left == 1 ? "was" : "were")} left" : ""));

    /// <summary>For <c>tell</c>: lines with the time.</summary>
    public static Action<string> Stamped(TextWriter notices, TimeProvider time) => line =>
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        notices.WriteLine($"{now} {SummaryText.Clean(line)}");
    };

    protected void Tell(string line) => tell(line);

    protected string Things(int count) => NumberText.Count(count, thing);
}
