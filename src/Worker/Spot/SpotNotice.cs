namespace FineWebTorch.Worker.Spot;

/// <summary>
/// Has a worker end in order when its machine is about to be taken away, as a signal would: its cloud is asked every five
/// seconds. Where no cloud answers nothing is asked any more.
/// </summary>
internal sealed class SpotNotice : IAsyncDisposable
{
    public const string Off = "off";
    public const string Auto = "auto";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A cloud's own machines are answered within milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenSource _over = new();
    private readonly HttpClient _http;
    private readonly Action<string> _tell;
    private readonly TimeProvider _time;
    private readonly Task _watching;

    private SpotNotice(string choice, Uri address, Action<string> tell, TimeProvider time, CancellationToken stop)
    {
        (_tell, _time) = (tell, time);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = address,
            Timeout = Patience,
        };
        _watching = choice == Off ? Task.CompletedTask : WatchAsync(choice);
    }

    /// <summary>Cancelled by a notice, and by the token that it was made with.</summary>
    public CancellationToken Token => _ended.Token;

    /// <param name="choice"><see cref="Off"/>, <see cref="Auto"/> or one of <see cref="SpotCloud.Names"/>.</param>
    /// <param name="address">Of the service; see <see cref="SpotCloud.Address"/>.</param>
    /// <param name="tell">Hears of a notice, and of a named cloud that does not answer.</param>
    /// <param name="time">Says when to ask again.</param>
    /// <param name="stop">Asks for an orderly end as well.</param>
    public static SpotNotice Start(
        string choice, Uri address, Action<string> tell, TimeProvider time, CancellationToken stop) =>
        new(choice, address, tell, time, stop);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _http.Dispose();
        _ended.Dispose();
        _over.Dispose();
    }

    private async Task WatchAsync(string choice)
    {
        try
        {
            if (await FindAsync(choice) is { } cloud)
                await AskAsync(cloud);
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The worker has ended first.
        }
    }

    private async Task<SpotCloud?> FindAsync(string choice)
    {
        if (choice != Auto)
        {
            var named = SpotCloud.Of(choice, _http, _time);
            if (!await IsHereAsync(named))
                _tell($"--spot-notice {choice}: {named.Name} gives no answer at {_http.BaseAddress}; it is asked on");
            return named;
        }

        // One after another: what one asks another may count as an attack.
        foreach (var cloud in SpotCloud.Names.Select(name => SpotCloud.Of(name, _http, _time)))
            if (await IsHereAsync(cloud))
                return cloud;
        return null;
    }

    private async Task<bool> IsHereAsync(SpotCloud cloud) =>
        await TryAsync(async cancellation => await cloud.IsHereAsync(cancellation) ? "" : null) is not null;

    private async Task AskAsync(SpotCloud cloud)
    {
        while (true)
        {
            if (await TryAsync(cloud.NoticeAsync) is { } when)
            {
                _tell($"{cloud.Name} takes this machine away ({when}): handing in what there is");
                await _ended.CancelAsync();
                return;
            }

            await Task.Delay(Interval, _time, _over.Token);
        }
    }

    /// <returns>Null also where there is no answer: the next time there may be.</returns>
    private async Task<string?> TryAsync(Func<CancellationToken, Task<string?>> ask)
    {
        try
        {
            return await ask(_over.Token);
        }
        catch (Exception silent) when (
            silent is HttpRequestException or IOException ||
            (silent is OperationCanceledException && !_over.IsCancellationRequested))
        {
            return null;
        }
    }
}
