using System.Net;
using System.Text.Json;

namespace FineWebTorch.Worker.Spot;

/// <summary>The service of a cloud that tells a machine what it is, and that it is about to be taken away.</summary>
/// <param name="http">Speaks to it, without a proxy; its base address is the service's.</param>
internal abstract class SpotCloud(HttpClient http)
{
    /// <summary>The same in every cloud; a machine elsewhere reaches nothing there.</summary>
    public static readonly Uri Address = new("http://169.254.169.254/");

    /// <summary>Names as <c>--spot-notice</c> takes them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["aws", "gcp", "azure"];

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    public static SpotCloud Of(string name, HttpClient http, TimeProvider time) => name switch
    {
        "aws" => new AwsCloud(http, time),
        "gcp" => new GcpCloud(http),
        "azure" => new AzureCloud(http),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no cloud of this name is known"),
    };

    /// <summary>Whether this machine is one of the cloud's.</summary>
    public abstract Task<bool> IsHereAsync(CancellationToken cancellation);

    /// <returns>What is going to happen, and when; null while nothing is.</returns>
    /// <exception cref="HttpRequestException">It gives no answer.</exception>
    public abstract Task<string?> NoticeAsync(CancellationToken cancellation);

    /// <returns>Null where there is nothing of that name.</returns>
    protected async Task<(HttpStatusCode Code, string Text)> AskAsync(
        HttpMethod method, string path, (string Name, string Value) header, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var answer = await http.SendAsync(request, cancellation);
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync(cancellation)).Trim());
    }
}

/// <summary>Amazon: two minutes before a spot instance is stopped or ended (IMDSv2, which asks for a token).</summary>
internal sealed class AwsCloud(HttpClient http, TimeProvider time) : SpotCloud(http)
{
    private const string Lifetime = "21600";
    private static readonly TimeSpan RenewAfter = TimeSpan.FromHours(5);

    private string? _token;
    private long _asked;

    public override string Name => "AWS";

    public override async Task<bool> IsHereAsync(CancellationToken cancellation) =>
        await TokenAsync(cancellation) is not null;

    public override async Task<string?> NoticeAsync(CancellationToken cancellation)
    {
        if (await TokenAsync(cancellation) is not { } token)
            return null;
        var (code, text) = await AskAsync(
            HttpMethod.Get, "latest/meta-data/spot/instance-action", ("X-aws-ec2-metadata-token", token), cancellation);
        if (code == HttpStatusCode.Unauthorized)
            _token = null;
        return code == HttpStatusCode.OK ? Describe(text) : null;
    }

    private static string Describe(string text)
    {
        try
        {
            using var notice = JsonDocument.Parse(text);
            return $"{notice.RootElement.GetProperty("action").GetString()} at {notice.RootElement.GetProperty("time").GetString()}";
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "soon";
        }
    }

    private async Task<string?> TokenAsync(CancellationToken cancellation)
    {
        if (_token is not null && time.GetElapsedTime(_asked) < RenewAfter)
            return _token;
        var (code, text) = await AskAsync(
            HttpMethod.Put, "latest/api/token", ("X-aws-ec2-metadata-token-ttl-seconds", Lifetime), cancellation);
        _asked = time.GetTimestamp();
        return _token = code == HttpStatusCode.OK && text.Length > 0 ? text : null;
    }
}

/// <summary>Google: half a minute before a spot machine is ended.</summary>
internal sealed class GcpCloud(HttpClient http) : SpotCloud(http)
{
    private static readonly (string, string) Header = ("Metadata-Flavor", "Google");

    public override string Name => "Google Cloud";

    public override async Task<bool> IsHereAsync(CancellationToken cancellation) =>
        await PreemptedAsync(cancellation) is "TRUE" or "FALSE";

    public override async Task<string?> NoticeAsync(CancellationToken cancellation) =>
        await PreemptedAsync(cancellation) == "TRUE" ? "within half a minute" : null;

    private async Task<string> PreemptedAsync(CancellationToken cancellation)
    {
        var (code, text) = await AskAsync(
            HttpMethod.Get, "computeMetadata/v1/instance/preempted", Header, cancellation);
        return code == HttpStatusCode.OK ? text : "";
    }
}

/// <summary>Azure: half a minute before a spot machine is evicted. Its events may be those of other machines.</summary>
internal sealed class AzureCloud(HttpClient http) : SpotCloud(http)
{
    private static readonly (string, string) Header = ("Metadata", "true");

    private string? _machine;

    public override string Name => "Azure";

    public override async Task<bool> IsHereAsync(CancellationToken cancellation)
    {
        var (code, text) = await AskAsync(
            HttpMethod.Get, "metadata/instance/compute/name?api-version=2021-02-01&format=text", Header, cancellation);
        _machine = code == HttpStatusCode.OK && text.Length is > 0 and < 100 ? text : null;
        return _machine is not null;
    }

    public override async Task<string?> NoticeAsync(CancellationToken cancellation)
    {
        if (_machine is null && !await IsHereAsync(cancellation))
            return null;
        var (code, text) = await AskAsync(
            HttpMethod.Get, "metadata/scheduledevents?api-version=2020-07-01", Header, cancellation);
        return code == HttpStatusCode.OK ? Find(text) : null;
    }

    private string? Find(string text)
    {
        try
        {
            using var events = JsonDocument.Parse(text);
            return events.RootElement.GetProperty("Events").EnumerateArray().Any(IsOurs) ? "within half a minute" : null;
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool IsOurs(JsonElement one) => one.GetProperty("EventType").GetString() == "Preempt" &&
        one.GetProperty("Resources").EnumerateArray().Any(resource => resource.GetString() == _machine);
}
