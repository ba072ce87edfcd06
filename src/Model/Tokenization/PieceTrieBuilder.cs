namespace FineWebTorch.Model.Tokenization;

/// <summary>Lays out a double array, breadth-first, each node's children at the first place that fits all.</summary>
internal sealed class PieceTrieBuilder
{
    /// <summary>The base of nodes without children: no slot from here on is ever taken for a whole alphabet.</summary>
    public const int NoChildren = 2;

    private const int Alphabet = 256;

    /// <summary>After so many failures a crowded stretch is passed over for good: slots cost less than time.</summary>
    private const int Patience = 32;

    private readonly List<TrieNode> _nodes = [];

    /// <summary>Of each slot: itself while it is free, else a later slot before which none is.</summary>
    private readonly List<int> _nextFree = [];

    private readonly HashSet<int> _bases = [];
    private readonly List<byte> _labels = [];
    private int _firstFree = NoChildren + Alphabet;

    public PieceTrieBuilder() => Reserve(NoChildren + Alphabet);

    /// <param name="root">Slot of the root: 0 or 1.</param>
    /// <param name="pieces">Sorted by this call.</param>
    public void Add(int root, List<TriePiece> pieces)
    {
        pieces.Sort(static (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        var queue = new Queue<(int Node, int First, int End, int Depth)>();
        queue.Enqueue((root, 0, pieces.Count, 0));
        while (queue.TryDequeue(out var next))
            Place(next.Node, next.First, next.End, next.Depth, pieces, queue);
    }

    public TrieNode[] Build() => [.. _nodes];

    /// <summary>Gives a place to the children of a node: the pieces [first, end) at their byte depth.</summary>
    private void Place(
        int node, int first, int end, int depth, List<TriePiece> pieces, Queue<(int, int, int, int)> queue)
    {
        var id = -1;
        while (first < end && pieces[first].Bytes.Length == depth)
            id = pieces[first++].Id;
        CollectLabels(pieces, first, end, depth);
        var place = _labels.Count == 0 ? NoChildren : FindPlace();
        _nodes[node] = new TrieNode(place, _nodes[node].Label, depth == 0 ? -1 : id);
        foreach (var label in _labels)
        {
            _nodes[place + label] = new TrieNode(NoChildren, label, -1);
            _nextFree[place + label] = place + label + 1;
            var start = first;
            while (first < end && pieces[first].Bytes[depth] == label)
                first++;
            queue.Enqueue((place + label, start, first, depth + 1));
        }
    }

    private void CollectLabels(List<TriePiece> pieces, int first, int end, int depth)
    {
        _labels.Clear();
        for (var i = first; i < end; i++)
        {
            var label = pieces[i].Bytes[depth];
            if (_labels.Count == 0 || _labels[^1] != label)
                _labels.Add(label);
        }
    }

    private int FindPlace()
    {
        var failures = 0;
        // Children begin behind the stretch that has to stay free.
        for (var slot = NextFree(_firstFree); ; slot = NextFree(slot + 1))
        {
            var place = slot - _labels[0];
            Reserve(slot + Alphabet);
            if (AllFree(place) && _bases.Add(place))
                return place;
            if (++failures == Patience)
                _firstFree = slot;
        }
    }

    private int NextFree(int slot)
    {
        Reserve(slot + 1);
        var free = slot;
        while (_nextFree[free] != free)
        {
            free = _nextFree[free];
            Reserve(free + 1);
        }
        while (slot != free)
        {
            var next = _nextFree[slot];
            _nextFree[slot] = free;
            slot = next;
        }
        return free;
    }

    private bool AllFree(int place)
    {
        foreach (var label in _labels)
        {
            if (!IsFree(place + label))
                return false;
        }
        return true;
    }

    private bool IsFree(int slot) => _nextFree[slot] == slot;

    private void Reserve(int count)
    {
        if (count > TrieNode.LargestBase)
            throw new NotSupportedException("the vocabulary is too large for this tokenizer");
        while (_nodes.Count < count)
        {
            _nextFree.Add(_nodes.Count);
            _nodes.Add(new TrieNode(NoChildren, TrieNode.Free, -1));
        }
    }
}
