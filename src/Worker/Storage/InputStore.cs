using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// Makes input files available: opened in place where they can be seen, else brought into the cache folder, from the
/// Hub's storage or through the coordinator, and removed when no lease needs them. A copy is kept a while, because who
/// scored a file often builds its shard too. Inputs from the Hub do not go into its shared cache: hundreds of files of
/// gigabytes that nobody reads twice would fill the disk.
/// </summary>
internal sealed class InputStore(
    string folder, OrphanedDownloads orphans, CoordinatorCalls streams, HubInputs hub, FileHashes hashes) : IDisposable
{
    private const int IdleCopies = 1;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Run, uint Index), Entry> _entries = [];
    private string _run = "";
    private uint _copies;

    /// <param name="run">Digest of the run: the same place in another one's order is another file.</param>
    /// <param name="file">As the lease names it.</param>
    /// <param name="sharesFileSystem">Paths mean the same here as on the coordinator.</param>
    /// <param name="meter">Of the lease that needs it.</param>
    /// <exception cref="InputChangedException">The file is another than the run began with.</exception>
    /// <exception cref="IOException">It cannot be read, or arrived damaged.</exception>
    public async Task<ReadableInput> ObtainAsync(
        string run, InputFile file, bool sharesFileSystem, LeaseMeter meter, CancellationToken cancellation)
    {
        var entry = Enter(run, file.Index);
        await entry.Gate.WaitAsync(cancellation);
        try
        {
            meter.Enter(Stage.Opening);
            entry.Input = await OpenInPlaceAsync(file, sharesFileSystem, meter, cancellation)
                ?? (entry.Input is { } copy && File.Exists(copy.Path) ? copy : null)
                ?? await CopyAsync(file, entry, meter, cancellation);
            if (file.Sha256.Length > 0 && entry.Input.Sha256 != file.Sha256)
                throw new InputChangedException(
                    entry.Input.Path, $"sha256 {entry.Input.Sha256}, not {file.Sha256}");
            return entry.Input;
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>A lease is done with its input; to be called once for each <see cref="ObtainAsync"/>.</summary>
    /// <param name="isLast">No other lease will need it: its shard is built.</param>
    public void Release(string run, uint index, bool isLast = false)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue((run, index), out var entry))
            {
                entry.Users--;
                entry.IsDone |= isLast;
            }

            var idle = _entries.Where(pair => pair.Value is { Users: 0 })
                .OrderBy(pair => pair.Value.IsDone).ThenByDescending(pair => pair.Value.LastUse);
            Remove(idle.Where((pair, place) => pair.Value.IsDone || pair.Key.Run != _run || place >= IdleCopies));
        }
    }

    /// <summary>Removes every copy.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var entry in _entries.Values)
                entry.Remove();
            _entries.Clear();
        }

        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private void Remove(IEnumerable<KeyValuePair<(string Run, uint Index), Entry>> unneeded)
    {
        foreach (var (old, unused) in unneeded.ToArray())
        {
            _entries.Remove(old);
            unused.Remove();
        }
    }

    private Entry Enter(string run, uint index)
    {
        lock (_lock)
        {
            _run = run;
            Remove(_entries.Where(pair => pair.Value.Users == 0 && pair.Key.Run != run));
            if (!_entries.TryGetValue((run, index), out var entry))
                _entries[(run, index)] = entry = new Entry(_copies++);
            entry.Users++;
            entry.LastUse = _entries.Values.Max(other => other.LastUse) + 1;
            return entry;
        }
    }

    private async Task<ReadableInput?> OpenInPlaceAsync(
        InputFile file, bool sharesFileSystem, LeaseMeter meter, CancellationToken cancellation)
    {
        if (HubPath.LooksLikeOne(file.Path) || !File.Exists(file.Path))
            return null;
        // Before its content is read: what becomes of the file from here on is a change.
        var stamp = FileStamp.Of(file.Path);
        if ((ulong)stamp.Length != file.Size)
        {
            return sharesFileSystem
                ? throw new InputChangedException(file.Path, $"{stamp.Length} bytes, not {file.Size}")
                : null;
        }

        var sha256 = await hashes.Sha256Async(file.Path, cancellation, meter.Step);
        // Another machine may have another file under the same path.
        var isOther = file.Sha256.Length > 0 && sha256 != file.Sha256 && !sharesFileSystem;
        return isOther ? null : new ReadableInput(file.Path, sha256, IsCopy: false, stamp);
    }

    private async Task<ReadableInput> CopyAsync(
        InputFile file, Entry entry, LeaseMeter meter, CancellationToken cancellation)
    {
        using var span = Instrumentation.Begin("download", meter.Trace);
        span?.SetTag("fineweb.bytes", (long)file.Size);
        meter.Enter(Stage.Fetching);
        var path = Path.Combine(folder, OrphanedDownloads.NameOf(entry.Number, file.Name, file.Sha256));
        entry.Unfinished = IncompleteFiles.Of(path);
        var isOnHub = HubPath.LooksLikeOne(file.Path);
        if (isOnHub)
            orphans.Adopt(file.Sha256, entry.Unfinished);
        if (isOnHub && await hub.TryFetchAsync(file, path, meter.Fetched, cancellation))
        {
            // The download has proved a digest that is known: no need to read the file again.
            var digest = file.Sha256.Length > 0 ? file.Sha256 : await hashes.Sha256Async(path, cancellation, meter.Step);
            return Copy(path, digest);
        }

        var request = new ReadFileRequest { InputIndex = file.Index };
        var sha256 = await CoordinatorDownload.FetchAsync(
            streams, request, path, file.Size, file.Sha256, cancellation, meter.Fetched);
        return Copy(path, sha256);
    }

    private static ReadableInput Copy(string path, string sha256) =>
        new(path, sha256, IsCopy: true, FileStamp.Of(path));

    /// <param name="number">No two entries of a process have the same, so that their copies lie apart.</param>
    private sealed class Entry(uint number)
    {
        public uint Number => number;

        public SemaphoreSlim Gate { get; } = new(1);

        public int Users { get; set; }

        public long LastUse { get; set; }

        /// <summary>Its shard is built.</summary>
        public bool IsDone { get; set; }

        public ReadableInput? Input { get; set; }

        /// <summary>What a failed download may have left for the next attempt.</summary>
        public string? Unfinished { get; set; }

        public void Remove()
        {
            foreach (var path in new[] { Unfinished, Input is { IsCopy: true } copy ? copy.Path : null })
            {
                // Deleting in a folder that was never made is an error.
                if (File.Exists(path))
                    File.Delete(path);
            }
        }
    }
}

/// <summary>An input file that can be opened here.</summary>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="IsCopy">It was streamed here and will be removed.</param>
/// <param name="Stamp">Taken before the digest was.</param>
internal sealed record ReadableInput(string Path, string Sha256, bool IsCopy, FileStamp Stamp)
{
    /// <summary>
    /// To be asked after something was read and before it is used: between the digest and the reading, the file may
    /// have become another one.
    /// </summary>
    /// <exception cref="InputChangedException">It has.</exception>
    /// <exception cref="IOException">It is no longer there, or cannot be looked at.</exception>
    public void DemandUnchanged()
    {
        var now = FileStamp.Of(Path);
        if (now.Length != Stamp.Length)
            throw new InputChangedException(Path, $"{now.Length} bytes, not {Stamp.Length}");
        if (now.Modified != Stamp.Modified)
            throw new InputChangedException(Path, $"it was written at {now.Modified:u}");
    }

    /// <summary>What a failure to read it comes from: a file that changes while it is read looks damaged.</summary>
    public Exception CauseOf(Exception failure)
    {
        try
        {
            if (failure is ParquetFileException or InvalidDataException)
                DemandUnchanged();
            return failure;
        }
        catch (IOException nearer)
        {
            return nearer;
        }
    }
}

/// <summary>A file's bytes are not those with which the run began.</summary>
/// <param name="difference">How that shows.</param>
internal sealed class InputChangedException(string path, string difference)
    : IOException($"{path}: input changed since the run began ({difference})");
