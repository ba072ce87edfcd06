using FineWebTorch.Cli;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Coordination;
using FineWebTorch.Worker.Pipeline;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// A worker's life: finds the coordinator, keeps or renews the connection, loads the model of the run, asks for work
/// and ends when it is told to. Everything runs in the mailbox.
/// </summary>
internal sealed partial class WorkerAgent : IDisposable
{
    private readonly SessionOptions _options;
    private readonly SessionServices _services;
    private readonly Mailbox _mailbox;
    private readonly LeaseManager _leases;
    private readonly BackOff _backOff;
    private readonly PipelineStatistics _statistics = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ILogger _log;

    private CoordinatorLink? _link;
    private RunContext? _run;
    private Task? _loading;
    private IDisposable? _heartbeat;
    private bool _requestIsOpen;
    private long _lastContact;
    private Ending _ending = Ending.None;
    private int _exitCode;

    public WorkerAgent(SessionOptions options, SessionServices services)
    {
        _options = options;
        _services = services;
        _log = services.Log;
        _mailbox = new Mailbox(services.Time);
        _backOff = new BackOff(services.Random);
        _leases = new LeaseManager(
            _mailbox, services.Format, services.Inputs, services.Builder, Send, OnLeasesChanged, services.Log);
    }

    /// <summary>Why the session is on its way to its end.</summary>
    private enum Ending
    {
        None,

        /// <summary>Leases are being given back; then the process ends.</summary>
        Drain,

        /// <summary>As Drain, but then the next run is waited for.</summary>
        DrainAndStay,

        /// <summary>Goodbye has been said; the coordinator ends the stream.</summary>
        Goodbye,
    }

    /// <summary>The device was still computing when the session ended: its library must not be unloaded.</summary>
    public bool IsDeviceBusy => !_leases.IsEmpty;

    /// <summary>Runs until the run is over, the stop token is cancelled or the coordinator cannot be found.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">The coordinator is not there, or turned this worker away.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        _lastContact = _mailbox.Time.GetTimestamp();
        using var report = _mailbox.Every(_options.ReportInterval, _leases.Report);
        await using var stopping = stop.Register(() => _mailbox.Post(() => Drain(Ending.Drain)));
        try
        {
            Connect();
            await _mailbox.RunAsync();
            return _exitCode;
        }
        finally
        {
            await _end.CancelAsync();
            _heartbeat?.Dispose();
            _link?.Abort();
            // A batch that outlasted the drain time-out is left to the end of the process.
            if (_leases.IsEmpty)
                _run?.Engine.Dispose();
        }
    }

    public void Dispose() => _end.Dispose();

    private void Send(WorkerMessage message)
    {
        if (_link is { IsWelcome: true } link)
            link.Send(message);
    }

    private void OnLeasesChanged()
    {
        AskForWork();
        GoIfDrained();
    }

    private void AskForWork()
    {
        if (_link is not { IsWelcome: true } link || _ending != Ending.None || _requestIsOpen || _run is null ||
            _loading is not null || !_leases.WantsWork)
            return;
        _requestIsOpen = true;
        link.Send(new WorkerMessage { WorkRequest = new WorkRequest() });
    }

    private void SendHeartbeat() => SendHeartbeat(_statistics.Totals);

    private void SendHeartbeat(PipelineTotals totals) => Send(new WorkerMessage
    {
        Heartbeat = new Heartbeat
        {
            Leases = { _leases.Progress() },
            Statistics = new WorkerStatistics
            {
                Documents = (ulong)totals.Documents,
                Tokens = (ulong)totals.Tokens,
                BusySeconds = totals.Busy.TotalSeconds,
                ReaderWaitSeconds = totals.ReaderWait.TotalSeconds,
                ResidentBytes = (ulong)Environment.WorkingSet,
            },
        },
    });

    private void Finish(int exitCode)
    {
        _exitCode = exitCode;
        _mailbox.Close();
    }
}
