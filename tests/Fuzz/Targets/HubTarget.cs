using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Hub;
using FineWebTorch.Hub.Tests;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// What the Hub, its storage or somebody in their place answers. The first step's kind says what is asked for; each
/// step is an answer: a status, lines of headers, an empty line, a body. The token must reach nobody but the Hub.
/// </summary>
internal sealed class HubTarget : FuzzTarget
{
    private const string Endpoint = "https://hub.test", Token = "hf_thistokenmustnotleak";
    private static readonly HubRepository Repository = HubPath.Parse("hf://datasets/a/b").Repository;
    private static readonly string Digest = new('e', 64), Commit = new('c', 40);

    private static readonly Func<HubAccess, string, Task>[] Questions =
    [
        (hub, _) => hub.Client.ListAsync(Repository, Commit, "data").ToListAsync().AsTask(),
        (hub, _) => hub.Client.FindFilesAsync(HubPath.Parse("hf://datasets/a/b/data/*.parquet"), Commit),
        (hub, _) => hub.Client.GetPathsAsync(Repository, "main", ["a", "b"], expand: true),
        (hub, _) => hub.Client.GetCommitsAsync(Repository, "main"),
        (hub, _) => hub.Client.PreuploadAsync(Repository, "main", [UploadFile.FromBytes("a", [1, 2])]),
        (hub, _) => hub.Client.GetUploadActionsAsync(Repository, "main", [new LfsObject(Digest, 100)]),
        (hub, _) => hub.Client.CommitAsync(new CommitRequest
        {
            Repository = Repository,
            Summary = "s",
            Operations = [new CommitOperation.AddLfsFile("a", Digest, 100)],
        }),
        (hub, _) => hub.Client.ReadFileAsync(Repository, "main", "README.md"),
        (hub, _) => hub.Client.GetInfoAsync(Repository, "main"),
        (hub, _) => hub.Client.WhoAmIAsync(),
        (hub, _) => hub.Client.GetPullRequestAsync(Repository, 1),
        (hub, _) => hub.Client.MergeAsync(Repository, 1),
        (hub, _) => hub.Client.CreateRepositoryAsync(Repository, isPrivate: true),
        (hub, _) => hub.Client.CreateBranchAsync(Repository, "x"),
        (hub, folder) => hub.Fetcher.FetchToAsync(Repository, Commit, "x.parquet", Path.Combine(folder, "x")),
        (hub, folder) => UploadAsync(hub, folder),
    ];

    private const string Lines = """
        Link: <https://hub.test/api/x?cursor=1>; rel="next"
        Location: https://cdn.test/x?Expires=1&Signature=s
        Location: /a
        Location: //evil.test/
        Location: ftp://a
        X-Repo-Commit: c
        X-Linked-Etag: "e"
        X-Linked-Size: 100
        Content-Range: bytes 0-99/100
        RateLimit: "api";r=0;t=300
        RateLimit-Policy: "x";q=1;w=1
        Retry-After: 99999999999
        X-Error-Code: EntryNotFound
        X-Error-Message: a
        X-HF-Warning: a; b
        ETag: "x"
        Content-Encoding: gzip
        206
        302
        401
        404
        409
        412
        429
        500
        """;

    private readonly JsonMutator _json = new("""
        type oid size path lfs lastCommit id title date commitOid commitUrl pullRequestUrl files uploadMode shouldIgnore
        objects actions upload verify href header chunk_size 1 00001 error code message sha private gated name orgs auth
        accessToken role status https://hub.test/a http://169.254.169.254/ directory file
        """);

    private readonly ByteMutator _bytes = new([.. Lines.Split('\n').Select(line => line + "\n")]);

    public override long AllowedBytes(int length) => (32L << 20) + (4000L * length);

    public override void Run(byte[] input)
    {
        var steps = Script.Parse(input);
        var answers = new Queue<byte[]>(steps.Select(step => step.Content));
        var kind = steps.Count > 0 ? steps[0].Kind : 0;
        var time = new AutoTime();
        var retry = new RetryPolicy { Attempts = 3 };
        using var hub = new HubAccess(
            new HubOptions
            {
                Endpoint = new Uri(Endpoint),
                Token = HubToken.From(Token),
                CommitRetry = retry,
                Budget = new HubBudget(time),
            },
            new HubTransportOptions
            {
                Time = time,
                Random = () => 0.5,
                Retry = retry,
                Handler = _ => new Answering(answers),
                AnswerTimeout = TimeSpan.FromDays(1),
                SilenceTimeout = TimeSpan.FromDays(1),
            },
            new HubCache(name => name == "HF_HUB_CACHE" ? Workshop["cache"] : null),
            new DownloadOptions { DiskReserve = 0, FreeSpace = _ => 1L << 40 });
        Questions[kind % Questions.Length](hub, Workshop.Folder).GetAwaiter().GetResult();
    }

    public override bool IsRefusal(Exception exception) => exception is HubException
        ? exception.ToString().Contains(Token, StringComparison.Ordinal)
            ? throw new BrokenPromiseException($"the token stands in: {exception.Message}")
            : true
        : exception is RangeIgnoredException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) => Script.Mutate(
        input, other, random,
        from => new ScriptStep((byte)from.Next(Questions.Length), [.. "200\nContent-Type: application/json\n\n[]"u8]),
        Change);

    private ScriptStep Change(ScriptStep step, ScriptStep lent, Random random)
    {
        if (random.Next(30) == 0)
            return step with { Kind = (byte)random.Next(Questions.Length) };
        var (head, body) = Split(step.Content);
        if (head.Length == 0 || random.Next(3) == 0)
            return step with { Content = _bytes.Mutate(step.Content, lent.Content, random) };
        return step with { Content = [.. head, .. _json.Mutate(body, Split(lent.Content).Body, random)] };
    }

    /// <returns>An answer's status and headers with the empty line below them, and its body; all is body without one.</returns>
    private static (byte[] Head, byte[] Body) Split(byte[] answer)
    {
        var line = answer.AsSpan().IndexOf("\n\n"u8);
        return line < 0 ? ([], answer) : (answer[..(line + 2)], answer[(line + 2)..]);
    }

    private static async Task UploadAsync(HubAccess hub, string folder)
    {
        var path = Path.Combine(folder, "upload");
        await File.WriteAllBytesAsync(path, new byte[100]);
        var blob = new LfsObject(FineWebTorch.Common.Sha256.Of(new byte[100]), 100);
        async Task<UploadActions> PlanAsync(CancellationToken token) =>
            (await hub.Client.GetUploadActionsAsync(Repository, "main", [blob], token))[0];
        await new ObjectUploader(hub.Transport).UploadAsync(
            path, await PlanAsync(default), PlanAsync, new MultipartState(), default);
    }

    private sealed class Answering(Queue<byte[]> answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization is not null &&
                request.RequestUri!.GetLeftPart(UriPartial.Authority) != Endpoint)
                throw new BrokenPromiseException($"the token is sent to {request.RequestUri}");
            byte[]? answer;
            lock (answers)
                answer = answers.TryDequeue(out var next) ? next : null;
            return Task.FromResult(HubAnswers.Read(answer ?? "404\n\n"u8.ToArray(), request));
        }
    }
}
