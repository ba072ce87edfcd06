using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>
/// An API server of Kubernetes with one namespace: it keeps what is applied, after it has looked at every field, and says
/// what it is told of pods.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    public const string Namespace = "edu";

    private readonly WebApplication _application;

    private FakeApiServer(WebApplication application) => _application = application;

    public Uri Address { get; private set; } = null!;

    /// <summary>By kind and name: <c>jobs/fineweb-workers</c>.</summary>
    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    /// <summary>As their list has them.</summary>
    public List<JsonObject> Pods { get; } = [];

    /// <summary>Methods and paths, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Answers everything with it.</summary>
    public (HttpStatusCode Code, string Message)? Trouble { get; set; }

    public KubernetesClientConfiguration Configuration => new() { Host = Address.ToString(), Namespace = Namespace };

    public static async Task<FakeApiServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        var application = builder.Build();
        var server = new FakeApiServer(application);
        application.Run(server.AnswerAsync);
        await application.StartAsync();
        server.Address = new Uri(application.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    public JsonObject Job => Objects.Single(one => one.Key.StartsWith("jobs/", StringComparison.Ordinal)).Value;

    /// <summary>Waits until somebody has asked this so often.</summary>
    public async Task UntilAsync(string asked, int times = 1)
    {
        while (Asked.Count(other => other == asked) < times)
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Trim('/');
        Asked.Enqueue($"{context.Request.Method} {path}");
        var (code, answer) = Trouble is { } trouble
            ? Refuse(trouble.Code, trouble.Message)
            : Discovery.Of(path) is { } discovered
                ? (HttpStatusCode.OK, discovered)
                : await DoAsync(context.Request, path.Split('/'));
        context.Response.StatusCode = (int)code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private async Task<(HttpStatusCode, JsonNode)> DoAsync(HttpRequest request, string[] path)
    {
        var space = Array.IndexOf(path, "namespaces");
        if (space < 0 || path.Length < space + 3)
            return Refuse(HttpStatusCode.NotFound, "the server could not find the requested resource");
        if (path[space + 1] != Namespace)
            return Refuse(HttpStatusCode.NotFound, $"namespaces \"{path[space + 1]}\" not found");
        var place = string.Join('/', path[(space + 2)..]);
        var body = request.ContentLength > 0 ? await JsonNode.ParseAsync(request.Body) : null;
        return request.Method switch
        {
            "GET" when place == "pods" => (HttpStatusCode.OK, List(request.Query["labelSelector"].ToString())),
            "GET" => Find(place),
            "DELETE" => Delete(place),
            "PATCH" when request.ContentType!.StartsWith("application/apply-patch", StringComparison.Ordinal) =>
                Apply(place, body!.AsObject(), request),
            "PATCH" => Merge(place.Replace("/scale", "", StringComparison.Ordinal), body!.AsObject()),
            _ => Refuse(HttpStatusCode.MethodNotAllowed, request.Method),
        };
    }

    private JsonObject List(string selector)
    {
        var wanted = selector.Split(',').Select(term => term.Split('='));
        var found = Pods.Where(pod => wanted.All(term => (string?)pod["metadata"]!["labels"]![term[0]] == term[1]));
        return new JsonObject
        {
            ["kind"] = "PodList",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. found.Select(pod => pod.DeepClone())]),
        };
    }

    private (HttpStatusCode, JsonNode) Find(string place) => Objects.TryGetValue(place, out var found)
        ? (HttpStatusCode.OK, found.DeepClone())
        : Missing(place);

    private (HttpStatusCode, JsonNode) Delete(string place)
    {
        if (!Objects.TryRemove(place, out _))
            return Missing(place);
        if (place.StartsWith("jobs/", StringComparison.Ordinal))
            Pods.RemoveAll(pod => (string?)pod["metadata"]!["labels"]!["app.kubernetes.io/component"] == "worker");
        return (HttpStatusCode.OK, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" });
    }

    private (HttpStatusCode, JsonNode) Apply(string place, JsonObject one, HttpRequest request)
    {
        List<string> faults = [.. ObjectSchema.FaultsOf(one), .. ObjectRules.FaultsOf(one)];
        if (request.Query["fieldManager"].Count == 0)
            faults.Add("fieldManager: required for apply");
        if ((string?)one["metadata"]!["name"] != place.Split('/')[1] || (string?)one["metadata"]!["namespace"] != Namespace)
            faults.Add("metadata: name or namespace do not match the address");
        if (faults.Count > 0)
            return Refuse(HttpStatusCode.UnprocessableEntity, string.Join("; ", faults));
        Objects.TryGetValue(place, out var before);
        if (before?["spec"]?["template"] is { } template && place.StartsWith("jobs/", StringComparison.Ordinal) &&
            !JsonNode.DeepEquals(template, one["spec"]!["template"]))
            return Refuse(HttpStatusCode.UnprocessableEntity, "spec.template: Invalid value: field is immutable");
        if (before?["status"] is { } status)
            one["status"] = status.DeepClone();
        Objects[place] = one;
        return (HttpStatusCode.OK, one.DeepClone());
    }

    private (HttpStatusCode, JsonNode) Merge(string place, JsonObject patch)
    {
        if (!Objects.TryGetValue(place, out var one))
            return Missing(place);
        MergeInto(one, patch);
        if (one["spec"]!["parallelism"] is { } parallelism && (int)parallelism != (int)one["spec"]!["completions"]!)
            return Refuse(HttpStatusCode.UnprocessableEntity, "spec.completions: can only be changed with parallelism");
        return (HttpStatusCode.OK, one.DeepClone());
    }

    private static void MergeInto(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject inner && target[name] is JsonObject deeper)
                MergeInto(deeper, inner);
            else
                target[name] = value?.DeepClone();
        }
    }

    private static (HttpStatusCode, JsonNode) Missing(string place) =>
        Refuse(HttpStatusCode.NotFound, $"{place.Replace("/", " \"", StringComparison.Ordinal)}\" not found");

    private static (HttpStatusCode, JsonNode) Refuse(HttpStatusCode code, string message) => (code, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["message"] = message,
        ["code"] = (int)code,
    });
}
