using System.Formats.Tar;
using System.Globalization;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>One machine with its workers: brings the programs, starts those that are missing, and ends all.</summary>
/// <param name="remote">The way to it.</param>
/// <param name="name">Of the run there.</param>
/// <param name="entrance">How workers get to the coordinator.</param>
/// <param name="package">The programs.</param>
/// <param name="words">Tell of what happens.</param>
/// <param name="options">Of the command.</param>
internal sealed class SshMachine(
    SshRemote remote, string name, RunEntrance entrance, ProgramPackage package, SshWords words, KeeperOptions options)
{
    /// <summary>An archive of some gigabytes, over a slow line.</summary>
    private static readonly TimeSpan SendingTime = TimeSpan.FromHours(2);

    private readonly Replacements _replacements = new(options.Time, options.Random);

    /// <summary>Places whose worker has ended, which was told.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private IReadOnlyList<SshWorker> _workers = [];
    private bool _isPrepared;

    /// <summary>Not at the last look.</summary>
    public bool IsReached { get; private set; } = true;

    /// <summary>Why it was not; empty where it was.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Workers failed there again and again.</summary>
    public bool IsGivenUp { get; private set; }

    public int Running => _workers.Count(worker => worker.IsRunning);

    /// <summary>Looks, and starts what is missing. One that is not reached is looked at again the next time.</summary>
    public async Task TendAsync(RunSight run, CancellationToken cancellation)
    {
        try
        {
            await (_isPrepared ? KeepAsync(run, cancellation) : PrepareAsync(run, cancellation));
            if (!IsReached)
                words.Reached(remote.Host.Name);
            (IsReached, Reason) = (true, "");
        }
        catch (AwayException away)
        {
            if (IsReached || away.Message != Reason)
                words.NotReached(remote.Host.Name, away.Message);
            (IsReached, Reason, _workers) = (false, away.Message, []);
        }
    }

    /// <summary>Ends its workers and fetches what they have said.</summary>
    /// <param name="folder">Gets a folder for the machine.</param>
    /// <returns>Whether it was reached.</returns>
    public async Task<bool> EndAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            await remote.AskAsync(cancellation, "stop", name);
            using var logs = await remote.FetchAsync(cancellation, "logs", name);
            await UnpackAsync(logs, Path.Combine(folder, remote.Host.Name.Replace(':', '_')), cancellation);
            _workers = [];
            return true;
        }
        catch (AwayException away)
        {
            words.NotReached(remote.Host.Name, away.Message);
            return false;
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or EndOfStreamException)
        {
            words.NotReached(remote.Host.Name, $"what its workers have said came as no archive: {unreadable.Message}");
            return false;
        }
    }

    private async Task PrepareAsync(RunSight run, CancellationToken cancellation)
    {
        await StartAsync("all", cancellation);
        _isPrepared = true;
        await KeepAsync(run, cancellation);
    }

    private async Task KeepAsync(RunSight run, CancellationToken cancellation)
    {
        await LookAsync(cancellation);
        if (run.Stage != RunStage.Working || IsGivenUp)
            return;
        if (_workers.Count == 0)
            await StartAgainAsync("all", cancellation);
        List<SshWorker> ended = [.. _workers.Where(worker => !worker.IsRunning && _told.Add(worker.Place))];
        foreach (var worker in ended)
            words.Ended(remote.Host.Name, worker);
        if (ended.Any(worker => !worker.IsDone) && !run.IsPaused)
            _replacements.Fail(run.Progress);
        if (_replacements.Rounds >= Replacements.Most && Running == 0)
        {
            IsGivenUp = true;
            words.GivenUp(remote.Host.Name);
            return;
        }

        if (_workers.Any(worker => worker is { IsRunning: false, IsDone: false }) && _replacements.AreDue)
            await StartAgainAsync("failed", cancellation);
    }

    /// <inheritdoc cref="StartAsync"/>
    private async Task StartAgainAsync(string which, CancellationToken cancellation)
    {
        await StartAsync(which, cancellation);
        _told.IntersectWith(_workers.Where(worker => worker.IsDone).Select(worker => worker.Place));
        await LookAsync(cancellation);
    }

    private async Task LookAsync(CancellationToken cancellation) =>
        _workers = SshWorker.ParseAll(await remote.AskAsync(cancellation, "look", name));

    /// <summary>The programs may have gone with all that was on the machine, the token be another one by now.</summary>
    /// <param name="which">all, or failed: only those.</param>
    private async Task StartAsync(string which, CancellationToken cancellation)
    {
        if ((await remote.AskAsync(cancellation, "has", package.Digest)).Trim() != "yes")
        {
            await using var programs = File.OpenRead(package.Path);
            await remote.GiveAsync(
                programs, SendingTime, cancellation, "take", package.Digest,
                programs.Length.ToString(CultureInfo.InvariantCulture));
            words.Sent(remote.Host.Name);
        }

        if (entrance.ReadToken() is { } token)
        {
            using var word = new MemoryStream(Encoding.ASCII.GetBytes(token + "\n"));
            await remote.GiveAsync(word, TimeSpan.FromMinutes(1), cancellation, "join", name);
        }

        await remote.AskAsync(cancellation, "start", name, package.Digest, remote.Host.Gpus, entrance.Address, which);
    }

    /// <summary>Only files of plain names: the machine may send anything.</summary>
    private static async Task UnpackAsync(Stream logs, string folder, CancellationToken cancellation)
    {
        if (logs.Length == 0)
            return;
        PrivateFile.MakeFolder(folder);
        await using var tar = new TarReader(logs);
        while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile &&
                entry.DataStream is { } content && Path.GetFileName(entry.Name) is { Length: > 0 } file)
                await WriteAsync(Path.Combine(folder, file), content, cancellation);
    }

    private static async Task WriteAsync(string path, Stream content, CancellationToken cancellation)
    {
        await using var file = File.Create(path);
        await content.CopyToAsync(file, cancellation);
    }
}
