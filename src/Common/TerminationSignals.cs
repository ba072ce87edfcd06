using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>
/// What asks for an orderly end: SIGINT and SIGTERM, of which a second one ends the process at once, and the notices
/// SIGHUP, SIGUSR1 and SIGUSR2 (a terminal that closes, Slurm's <c>--signal</c>), which may come any number of times.
/// </summary>
public sealed partial class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<int> _endAtOnce;
    private int _count;

    /// <param name="endAtOnce">Ends the process with an exit code; replaced in tests.</param>
    public TerminationSignals(Action<int>? endAtOnce = null)
    {
        _endAtOnce = endAtOnce ?? EndAtOnce;
        Register(PosixSignal.SIGINT, Receive);
        Register(PosixSignal.SIGTERM, Receive);
        // One that is ignored when the program starts, as SIGHUP under nohup, the runtime leaves ignored.
        foreach (var notice in Notices())
            Register(notice, Notice);
    }

    /// <summary>
    /// A program's, which hears them from its first use until the process is gone: one that comes while it ends does not
    /// change how it has ended.
    /// </summary>
    public static TerminationSignals OfThisProcess { get; } = new();

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>What SIGINT and SIGTERM do; public so that a test needs no real one.</summary>
    public void Receive()
    {
        if (Interlocked.Increment(ref _count) > 1)
            _endAtOnce(ExitCode.Interrupted);
        else
            Notice();
    }

    /// <summary>What a notice does: it is no hurry, and whoever sends one may send others after it.</summary>
    public void Notice()
    {
        try
        {
            _asked.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The program has ended already.
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
    }

    /// <summary>Their numbers, of which .NET names only the first.</summary>
    private static IEnumerable<PosixSignal> Notices()
    {
        yield return PosixSignal.SIGHUP;
        if (OperatingSystem.IsWindows())
            yield break;
        // As Linux numbers them on every processor that .NET runs on, and the systems that come from BSD.
        int[] users = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? [10, 12] : [30, 31];
        foreach (var user in users)
            yield return (PosixSignal)user;
    }

    private void Register(PosixSignal signal, Action act) => _registrations.Add(PosixSignalRegistration.Create(
        signal,
        context =>
        {
            context.Cancel = true;
            // Cancellation callbacks may take a while; the signal thread must stay free for the second signal.
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), act, preferLocal: false);
        }));

    /// <summary>Ends the process without running handlers, finalizers or destructors of native libraries.</summary>
    public static void EndAtOnce(int exitCode)
    {
        // Environment.Exit waits for handlers and finalizers, which is what a second signal wants to skip.
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            ExitWithoutHandlers(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitWithoutHandlers(int status);
}
