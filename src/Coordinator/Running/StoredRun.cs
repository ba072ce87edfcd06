using System.Globalization;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Looks into the folder of a run without touching it, also while a coordinator works there.</summary>
internal sealed class StoredRun : IDisposable
{
    private StoredRun(string path, ILedger ledger, LedgerContents contents)
    {
        LastSummary = ReadSummary(path);
        Path = path;
        Ledger = ledger;
        Spec = RunSpec.FromOptions(contents.Run.Options);
        Places = RunPlaces.Of(path, Spec.Output, contents.Run.RunId);
        (Publication, PullRequest) = (contents.Publication, contents.PullRequest);
        Core = new RunCore(contents, Places, new SchedulingOptions(TimeSpan.FromDays(1)));
    }

    public string Path { get; }

    public ILedger Ledger { get; }

    public RunSpec Spec { get; }

    public RunPlaces Places { get; }

    public PublicationRecord? Publication { get; }

    /// <summary>Null where nothing was committed before the run's end.</summary>
    public PullRequestRecord? PullRequest { get; }

    /// <summary>Null where nothing is, or all is published.</summary>
    public SafeShards? Safe => Publication is null && PullRequest?.Number is { } number &&
        Core.CommittedShards is > 0 and var shards
            ? new SafeShards(shards, Hub.PullRequest.RevisionOf(number))
            : null;

    /// <summary>The state in the ledger; nothing is ever asked of it.</summary>
    public RunCore Core { get; }

    /// <summary>The process that works on the run, or null.</summary>
    public int? Coordinator => IsRunning && File.Exists(RunLock.PidPath(Path)) &&
        int.TryParse(File.ReadAllText(RunLock.PidPath(Path)), CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>A coordinator works on it, here or elsewhere: it holds a lock, which nobody does who has died.</summary>
    public bool IsRunning => RunLock.IsTaken(Path) || Ledger.IsLed;

    /// <summary>What its last session has left; null where that was killed, or still works.</summary>
    public RunSummary? LastSummary { get; }

    public RunCondition Condition => (IsRunning, Core.IsOver, LastSummary?.State) switch
    {
        (true, _, "publishing") => RunCondition.Publishing,
        (true, false, _) when Core.State.Paused => RunCondition.Paused,
        (true, _, _) => RunCondition.Running,
        (_, true, _) when IsPublished => RunCondition.Finished,
        (_, true, _) => RunCondition.Unpublished,
        (_, _, "interrupted") => RunCondition.Interrupted,
        _ => RunCondition.Stopped,
    };

    /// <summary>Its shards are where readers find them.</summary>
    private bool IsPublished => HubPaths.IsHub(Spec.Output) ? Publication is not null : Places.Held is null;

    /// <exception cref="UserErrorException">There is no run.</exception>
    public static StoredRun Open(string folder)
    {
        var path = System.IO.Path.GetFullPath(folder);
        var place = LedgerPlace.Find(path) ?? throw new UserErrorException(
            $"--run {folder}: no run here (there is no {System.IO.Path.GetFileName(RunPlaces.LedgerOf(path))})");
        var ledger = place.OpenReadOnly();
        if (ledger?.Load() is { } contents)
            return new StoredRun(path, ledger, contents);
        ledger?.Dispose();
        throw new UserErrorException($"--run {folder}: the run has not been started; run it again");
    }

    public void Dispose() => Ledger.Dispose();

    private static RunSummary? ReadSummary(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSummary>(
                File.ReadAllBytes(RunPlaces.SummaryOf(path)), RunSummary.Json);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>What is to be said of a run first.</summary>
internal enum RunCondition
{
    Running,

    /// <summary>By a person, while a coordinator works on it.</summary>
    Paused,

    /// <summary>All is scored, and the coordinator commits the shards.</summary>
    Publishing,
    Finished,

    /// <summary>All is scored and nobody commits the shards, or lets them replace earlier ones.</summary>
    Unpublished,

    /// <summary>By a person.</summary>
    Interrupted,

    /// <summary>Its coordinator was killed, or the machine went down.</summary>
    Stopped,
}
