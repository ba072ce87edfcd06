using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    private const int MostInOneCall = 256;

    /// <summary>Asks how each file is to travel and what is at its path now. Needs the right to write.</summary>
    /// <param name="createPullRequest">
    /// Whether the commit is to open a pull request, for which the right to read will do.
    /// </param>
    public async Task<PreuploadResult> PreuploadAsync(
        HubRepository repository, string revision, IReadOnlyList<UploadFile> files, bool createPullRequest = false,
        CancellationToken cancellationToken = default)
    {
        var query = createPullRequest ? "?create_pr=1" : "";
        var url = _addresses.Api(repository, $"preupload/{HubAddresses.Revision(revision)}{query}");
        var result = new List<PreuploadedFile>();
        string? head = null;
        await InPartsAsync(files, MostInOneCall, async part =>
        {
            var body = new PreuploadDto([.. part.Select(file =>
                new PreuploadFileDto(file.Path, file.Size, Convert.ToBase64String(file.Sample), null, null, null))]);
            var request = Post(url, $"upload to {repository}", repository, body);
            var answer = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var read = answer.Read<PreuploadDto>(request);
            head ??= read.CommitOid;
            var rows = read.Files.DistinctBy(row => row.Path).ToDictionary(row => row.Path);
            result.AddRange(part.Select(file => rows.TryGetValue(file.Path, out var row)
                ? new PreuploadedFile(file, ModeOf(file, row), row.ShouldIgnore ?? false, row.Oid)
                : throw answer.Unexpected(request, $"leaves out {file.Path}")));
        }).ConfigureAwait(false);
        return new PreuploadResult(result, head);
    }

    /// <summary>
    /// What is left to do for each object, in the given order. Ask for a few at a time, just before uploading.
    /// </summary>
    /// <param name="revision">Branch; null when the commit is to open a pull request.</param>
    public async Task<IReadOnlyList<UploadActions>> GetUploadActionsAsync(
        HubRepository repository, string? revision, IReadOnlyList<LfsObject> objects,
        CancellationToken cancellationToken = default)
    {
        var found = new Dictionary<string, UploadActions>();
        await InPartsAsync([.. objects.DistinctBy(one => one.Oid)], MostInOneCall, async part =>
        {
            var body = new BatchDto(
                "upload", ["basic", "multipart"], "sha256", revision is null ? null : new RefDto(revision),
                [.. part.Select(one => new BatchObjectDto(one.Oid, one.Size, null, null))]);
            var request = new HubRequest(HttpMethod.Post, _addresses.LfsBatch(repository), $"upload to {repository}")
            {
                Repository = repository,
                Accept = HubJson.LfsMediaType,
                Content = () => HubJson.Body(body, HubJson.LfsMediaType),
            };
            var answer = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var row in answer.Read<BatchAnswerDto>(request).Objects)
                found[row.Oid] = ReadActions(row, request, answer);
            if (part.FirstOrDefault(one => !found.ContainsKey(one.Oid)) is { } missing)
                throw answer.Unexpected(request, $"leaves out object {missing.Oid}");
        }).ConfigureAwait(false);
        return [.. objects.Select(one => found[one.Oid])];
    }

    /// <summary>The objects that a repository's storage lacks: never uploaded, or dropped since.</summary>
    public async Task<IReadOnlyList<LfsObject>> FindMissingAsync(
        HubRepository repository, string? revision, IReadOnlyList<LfsObject> objects,
        CancellationToken cancellationToken = default)
    {
        var actions = await GetUploadActionsAsync(repository, revision, objects, cancellationToken)
            .ConfigureAwait(false);
        return [.. actions.Where(one => !one.IsStored).Select(one => one.Blob).DistinctBy(one => one.Oid)];
    }

    /// <summary>
    /// Has the Hub check that storage holds an uploaded object whole. Does nothing where it offers no check.
    /// </summary>
    public async Task VerifyAsync(
        HubRepository repository, UploadActions actions, CancellationToken cancellationToken = default)
    {
        if (actions.VerifyUrl is not { } url)
            return;
        var request = Post(
            _addresses.Own(url), $"verify the upload of {actions.Blob.Oid} to {repository}", repository, actions.Blob);
        await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Storage refuses empty objects, whatever the Hub says.</summary>
    private static UploadMode ModeOf(UploadFile file, PreuploadFileDto row) =>
        row.UploadMode == "lfs" && file.Size > 0 ? UploadMode.Lfs : UploadMode.Regular;

    private UploadActions ReadActions(BatchObjectDto row, HubRequest request, HubAnswer answer)
    {
        if (row.Error is { } error)
            throw new HubException(
                HubErrorKind.BadRequest,
                $"cannot {request.Purpose}: the Hub refused object {row.Oid} " +
                $"({error.Code}, {SignedUrl.Redact(error.Message ?? "")})")
            {
                Repository = request.Repository,
            };
        var one = new LfsObject(row.Oid, row.Size);
        if (row.Actions?.Upload is not { } upload)
            return new UploadActions(one, null, null, [], OwnText(row.Actions?.Verify?.Href));
        var header = upload.Header ?? [];
        if (!header.TryGetValue("chunk_size", out var chunkText))
            return new UploadActions(one, OwnText(upload.Href), null, [], OwnText(row.Actions.Verify?.Href));
        var parts = header.Where(pair => NumberOf(pair.Key) is not null)
            .OrderBy(pair => NumberOf(pair.Key)).Select(pair => Text(pair.Value)).ToList();
        var isNumber = long.TryParse(Text(chunkText), NumberStyles.None, CultureInfo.InvariantCulture, out var chunk);
        if (!isNumber || chunk <= 0 || parts.Count != (row.Size + chunk - 1) / chunk)
            throw answer.Unexpected(
                request, $"has {parts.Count} parts of {Text(chunkText)} bytes for {row.Size} bytes");
        return new UploadActions(one, OwnText(upload.Href), chunk, parts, OwnText(row.Actions.Verify?.Href));
    }

    private string? OwnText(string? url) => url is null ? null : _addresses.Own(url).OriginalString;

    private static int? NumberOf(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <returns>Empty for what is no Unicode, as no number and no address is.</returns>
    private static string Text(JsonElement value)
    {
        try
        {
            return value.ToString();
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private sealed record PreuploadDto(
        [property: JsonRequired] PreuploadFileDto[] Files, string? CommitOid = null);

    private sealed record PreuploadFileDto(
        [property: JsonRequired] string Path, long? Size, string? Sample, string? UploadMode, bool? ShouldIgnore, string? Oid);

    private sealed record RefDto(string Name);

    private sealed record BatchDto(
        string Operation, string[] Transfers,
        [property: JsonPropertyName("hash_algo")] string HashAlgo,
        RefDto? Ref, BatchObjectDto[] Objects);

    private sealed record BatchAnswerDto([property: JsonRequired] BatchObjectDto[] Objects);

    private sealed record BatchObjectDto(
        [property: JsonRequired] string Oid, long Size, ActionsDto? Actions, ErrorDto? Error);

    private sealed record ActionsDto(ActionDto? Upload, ActionDto? Verify);

    private sealed record ActionDto([property: JsonRequired] string Href, Dictionary<string, JsonElement>? Header);

    private sealed record ErrorDto(int Code, string? Message);
}
