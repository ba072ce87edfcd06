namespace FineWebTorch.HubEmulator;

/// <summary>What a request is and who handles it.</summary>
/// <param name="Kind">One of <see cref="RequestKind"/>.</param>
internal sealed record Route(string Kind, Func<Exchange, Task> Handle)
{
    public static Route Unknown { get; } = new(
        RequestKind.Unknown, static _ =>
            throw new ApiException(404, null, "Sorry, we can't find the page you are looking for."));
}
